//! Migrations up, down and up again; ten at once; and the server's own role after them.

use futures_util::future::join_all;
use guichet::postgres::{migrate, revert_all};

use crate::support::bare_database_url;

/// Everything that a schema is made of, as the database tells it.
async fn schema(url: &str) -> Vec<String> {
    #[derive(diesel::QueryableByName)]
    struct Line {
        #[diesel(sql_type = diesel::sql_types::Text)]
        line: String,
    }
    let text = "SELECT line FROM (
        SELECT format('column %s.%s %s %s %s', table_name, column_name, data_type, is_nullable, column_default) AS line
            FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
            FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT format('grant %s %s %s', table_name, grantee, privilege_type)
            FROM information_schema.role_table_grants WHERE table_schema = 'public'
        UNION ALL SELECT format('grant %s.%s %s %s', table_name, column_name, grantee, privilege_type)
            FROM information_schema.column_privileges WHERE table_schema = 'public' AND grantee LIKE 'guichet%'
        UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT 'function ' || pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            AND prokind = 'f'
        ) AS all_lines ORDER BY line";
    let mut connection = guichet::postgres::connect(url).await.expect("the database answers");
    let rows: Vec<Line> =
        diesel_async::RunQueryDsl::load(diesel::sql_query(text), &mut connection).await.expect("a schema");
    rows.into_iter().map(|row| row.line).filter(|line| !line.contains("__diesel_schema_migrations")).collect()
}

#[actix_web::test]
async fn they_go_up_down_and_up_again() {
    let url = bare_database_url();
    migrate(&url).await.expect("up");
    let first = schema(&url).await;
    assert!(
        first.iter().any(|line| line.starts_with("column cases."))
            && first.iter().any(|line| line.starts_with("trigger "))
    );
    assert!(first.iter().any(|line| line == "grant audit_entries guichet_server INSERT"), "{first:?}");
    revert_all(&url).await.expect("down");
    let rest = schema(&url).await;
    assert!(rest.is_empty(), "{rest:?}");
    migrate(&url).await.expect("up again");
    assert_eq!(schema(&url).await, first);
    migrate(&url).await.expect("nothing to do");
}

#[actix_web::test]
async fn ten_at_once_make_one_schema() {
    let url = bare_database_url();
    for done in join_all((0..10).map(|_| migrate(&url))).await {
        done.expect("migrated");
    }
    assert!(schema(&url).await.iter().any(|line| line.starts_with("column jobs.")));
}

#[test]
fn roles_are_made_by_migrations_of_that_name() {
    // A restore runs these alone: roles belong to the cluster and stand in no dump.
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let (name, up) = (entry.file_name().to_string_lossy().into_owned(), entry.path().join("up.sql"));
        let makes = std::fs::read_to_string(up).expect("a migration").contains("CREATE ROLE");
        assert!(!makes || name.ends_with("_roles"), "{name}");
        count += usize::from(makes);
    }
    assert!(count > 0);
}
