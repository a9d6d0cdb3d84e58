//! Who holds which post.

use super::TestApp;

/// Gives somebody another post.
pub async fn also(app: &TestApp, name: &str, role: &str, office: &str, authority: &str) {
    let statement = format!(
        "INSERT INTO posts (id, person, role, office, authority, from_day) \
         SELECT gen_random_uuid(), person, '{role}', '{office}', '{authority}', '2000-01-01' \
         FROM identities WHERE subject = '{name}'"
    );
    app.execute(&statement).await;
}
