//! `guichet demo` plays what it promises, over HTTP, against a server of its own: it ends well, and says each part.

use crate::support::process::{Scratch, Server, complaint, run};
use crate::support::services;

#[actix_web::test]
async fn it_ends_well_and_tells_of_each_part() {
    let scratch = Scratch::new("demo");
    let data = scratch.path("data");
    let server = Server::start(&data, &[]).await;
    let (url, data, services) = (server.url.as_str(), data.display().to_string(), services().display().to_string());
    let settings =
        [("GUICHET_PUBLIC_URL", url), ("GUICHET_DATA", data.as_str()), ("GUICHET_SERVICES", services.as_str())];
    // Twice: what was played before is not in the way.
    for _ in 0..2 {
        let played = run(&["demo"], &settings);
        let told = String::from_utf8_lossy(&played.stdout).into_owned();
        assert!(played.status.success(), "{told}\n{}", complaint(&played));
        for part in [
            // An inheritance with a hearing.
            "invites the parties",
            "heard",
            // A rejection for want of papers, and the same case again.
            "rejected",
            "the same case is open again",
            // An appeal, and the register put right.
            "appeals to the district",
            "the order is set aside",
            "as it was before the sale",
            "revoked",
            "All was as it should be.",
        ] {
            assert!(told.contains(part), "`{part}` is not told:\n{told}");
        }
        for line in ["  inherited", "  reopened", "  set aside on appeal", "  licensed"] {
            assert!(told.lines().any(|l| l.ends_with(line)), "{line}:\n{told}");
        }
    }
}
