//! What is kept beside a case is what its tables say, whatever was done with it; where it is not of now, they are read.

use serde_json::json;

use crate::support::TestApp;
use crate::support::founding::Founding;
use crate::support::residence::{CLERK, NEWCOMER};

/// Cases whose copy is of an earlier moment or says something else than the tables.
pub const DIFFERING: &str = "
    WITH beside AS (
        SELECT c.seq, c.around::jsonb AS around,
            (SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('id', t.id, 'token', t.token, 'kind', t.kind,
                'step', t.step, 'open', CASE WHEN t.state = 'open' THEN true END, 'role', t.role, 'office', t.office,
                'party', t.party, 'holder', t.holder)) ORDER BY t.token), '[]') FROM tasks t WHERE t.case_id = c.id) AS tasks,
            (SELECT coalesce(jsonb_agg(p ORDER BY p::text), '[]') FROM (SELECT jsonb_strip_nulls(jsonb_build_object('role',
                p.role, 'person', p.person, 'organisation', p.organisation, 'represented_by', p.represented_by)) AS p
                FROM case_parties p WHERE p.case_id = c.id) p) AS parties,
            EXISTS (SELECT FROM certificates f WHERE f.case_id = c.id) AS certified
        FROM cases c)
    SELECT count(*)
    FROM beside
    WHERE around IS NOT NULL AND ((around->>0)::int <> seq OR coalesce((around->1->>'certified')::bool, false) <> certified
        OR (SELECT coalesce(jsonb_agg(t ORDER BY (t->>'token')::int), '[]') FROM jsonb_array_elements(around->1->'tasks') t)
            <> tasks
        OR (SELECT coalesce(jsonb_agg(p ORDER BY p::text), '[]') FROM jsonb_array_elements(around->1->'parties') p) <> parties)";

/// The same, and none is missing.
pub async fn agrees(app: &TestApp) {
    agrees_where_kept(app).await;
    assert_eq!(app.count("SELECT count(*) FROM cases WHERE around IS NULL").await, 0);
}

/// Every copy is as the tables are.
pub async fn agrees_where_kept(app: &TestApp) {
    assert_eq!(app.count(DIFFERING).await, 0);
}

#[actix_web::test]
async fn the_copy_beside_a_case_follows_every_act() {
    let app = TestApp::new().await;
    // Handed on, released, taken and done, with a certificate at the end.
    let (case, task) = app.claimed_task().await;
    agrees(&app).await;
    let path = |rest: &str| format!("/v1/tasks/{task}/{rest}");
    app.by(CLERK, "DELETE", &path("claim")).send().await.expect(200);
    agrees(&app).await;
    app.by(CLERK, "POST", &path("claim")).send().await.expect(200);
    app.post(CLERK, &path("completion"), &json!({"outcome": "confirm"})).await.expect(200);
    let view = app.get(NEWCOMER, &case.path("")).await.expect(200).json;
    assert_eq!(view["status"], "closed", "{view}");
    assert!(!view["certificates"].as_array().expect("a list").is_empty(), "{view}");
    agrees(&app).await;
    // Several parties, steps side by side, a fee.
    let founding = Founding::paid(&app, &[]).await;
    agrees(&app).await;
    assert!(app.count("SELECT count(*) FROM case_parties WHERE role <> 'applicant'").await > 0);
    founding.view().await;
}

#[actix_web::test]
async fn a_copy_of_another_moment_does_not_count() {
    let app = TestApp::new().await;
    let (case, task) = app.claimed_task().await;
    let shown = async || {
        let view = app.get(CLERK, &case.path("")).await.expect(200).json;
        let of_person = app.get(NEWCOMER, &case.path("")).await.expect(200).json;
        (view["actions"].clone(), view["steps"].clone(), of_person)
    };
    let before = shown().await;
    assert!(before.0.to_string().contains(&task), "{}", before.0);
    // As a server leaves it that knows nothing of the copy: missing, or of before its act.
    for left in ["NULL", "'[1,{\"parties\":[],\"tasks\":[]}]'"] {
        app.execute(&format!("UPDATE cases SET around = {left} WHERE id = '{}'", case.id)).await;
        assert_eq!(shown().await, before, "{left}");
    }
    // One of now is what is read: the tables need not be.
    let none = format!(
        "UPDATE cases SET around = json_build_array(seq, '{{\"parties\":[],\"tasks\":[]}}'::json) WHERE id = '{}'",
        case.id
    );
    app.execute(&none).await;
    assert_eq!(app.get(CLERK, &case.path("")).await.status, 404, "no desk of the case is the caller's");
    // The next act leaves it right again.
    app.execute(&format!("UPDATE cases SET around = NULL WHERE id = '{}'", case.id)).await;
    app.by(CLERK, "DELETE", &format!("/v1/tasks/{task}/claim")).send().await.expect(200);
    agrees(&app).await;
}
