//! Two cases never have one reference: where the drawn one is taken, another is drawn.

use crate::support::TestApp;
use crate::support::residence::RESIDENT;

#[actix_web::test]
async fn a_reference_that_is_taken_is_drawn_again() {
    let app = TestApp::new().await;
    let first = app.residence(RESIDENT).await;
    // The first two that are drawn from here on are the one that is known. A sequence counts what is rolled back too.
    app.execute(&format!(
        "CREATE SEQUENCE drawn; GRANT USAGE ON drawn TO guichet_server;
         CREATE FUNCTION draw() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('drawn') <= 2 THEN NEW.reference := '{}'; END IF; RETURN NEW; END $$;
         CREATE TRIGGER draw BEFORE INSERT ON cases FOR EACH ROW EXECUTE FUNCTION draw()",
        first.reference
    ))
    .await;
    let second = app.residence(RESIDENT).await;
    assert_ne!(second.reference, first.reference);
    assert_eq!(app.count("SELECT last_value AS count FROM drawn").await, 3, "it was drawn three times");
    assert_eq!(app.count("SELECT count(*) FROM cases").await, 2);
    let submitted = "SELECT count(*) FROM audit_entries WHERE action = 'case.submit'";
    assert_eq!(app.count(submitted).await, 2, "and what came to nothing left nothing");
}
