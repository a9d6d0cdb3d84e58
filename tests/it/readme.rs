//! The walk of the README, as it is pasted: the real binary makes the tokens, curl speaks to a real server.

use std::process::Command;

use crate::support::TestApp;

#[actix_web::test]
async fn the_walk_works_when_pasted() {
    let readme = include_str!("../../README.md");
    let (_, rest) = readme.split_once("```sh walk\n").expect("the README has a walk");
    let (walk, _) = rest.split_once("```").expect("the walk ends");
    let binary = env!("CARGO_BIN_EXE_guichet");
    let script = walk.replace("cargo run --quiet --release --", binary);
    assert_ne!(script, walk, "the walk makes its tokens with the binary");
    let app = TestApp::new().await;
    let (url, data) = (app.url.clone(), app.running.ctx.settings.data.clone());
    let done = tokio::task::spawn_blocking(move || {
        Command::new("sh")
            .args(["-eu", "-c", &script])
            .env("GUICHET_PUBLIC_URL", url)
            .env("GUICHET_DATA", data)
            .output()
            .expect("sh runs")
    });
    let done = done.await.expect("the walk ends");
    let (said, complaints) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{said}\n{complaints}");
    for expected in ["mita: 200", "anwar: 200", "\"state\":\"valid\"", "the khatian, to be printed: 200"] {
        assert!(said.contains(expected), "`{expected}` is not in what the walk prints:\n{said}\n{complaints}");
    }
    assert_eq!(app.count("SELECT count(*) FROM cases WHERE status = 'closed' AND ending = 'issued'").await, 1);
}
