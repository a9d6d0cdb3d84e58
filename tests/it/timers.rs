//! What happens without anybody goes on whatever is wrong with single cases.

use guichet::cases;

use crate::support::TestApp;
use crate::support::residence::NEWCOMER;

/// Copies of a case whose version nobody has, due before everything else.
async fn broken(app: &TestApp, case: &str, count: u32) {
    let copies = format!(
        "INSERT INTO cases SELECT (jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid(), 'version', 'gone', \
         'reference', 'broken-' || n, 'next_due', c.next_due - interval '1 year'))).* \
         FROM cases c, generate_series(1, {count}) n WHERE c.id = '{case}'"
    );
    app.execute(&copies).await;
}

#[actix_web::test]
async fn cases_that_fail_keep_no_other_deadline_waiting() {
    let app = TestApp::new().await;
    let good = app.residence(NEWCOMER).await;
    broken(&app, &good.id, 250).await;
    app.forward_days(30).await;
    let overdue = format!("SELECT count(*) FROM case_events WHERE case_id = '{}' AND kind = 'step_overdue'", good.id);
    app.until("the good one is woken", async || (app.count(&overdue).await == 1).then_some(())).await;
    // What failed rests: rounds that follow at once try, and write down, none of it again.
    let tried = "SELECT count(*) FROM cases WHERE version = 'gone'";
    assert_eq!(app.count(tried).await, 250);
    assert_eq!(cases::tick_due(&app.running.ctx).await.expect("a round"), 0);
}

#[actix_web::test]
async fn every_draft_whose_time_has_passed_ends_in_one_round() {
    let app = TestApp::new().await;
    let draft = app.draft(NEWCOMER, "residence-certificate").await;
    let copies = format!(
        "INSERT INTO cases SELECT (jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid(), \
         'reference', 'copy-' || n))).* FROM cases c, generate_series(1, 230) n WHERE c.id = '{}'",
        draft.id
    );
    app.execute(&copies).await;
    app.forward_days(31).await;
    cases::end_drafts(&app.running.ctx).await.expect("ended");
    assert_eq!(app.count("SELECT count(*) FROM cases WHERE status = 'draft'").await, 0);
    assert_eq!(app.count("SELECT count(*) FROM audit_entries WHERE action = 'draft.end'").await, 231);
}
