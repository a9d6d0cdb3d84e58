//! Files of a case: judged by their content, kept as they came, given back as attachments.

use serde_json::json;

use crate::support::TestApp;
use crate::support::residence::{JPEG, PDF};

#[actix_web::test]
async fn a_file_comes_back_as_it_went_and_never_opens_in_the_browser() {
    let app = TestApp::new().await;
    let case = app.draft("rahim", "land-mutation").await;
    let path = case.path("/documents?kind=deed&issued=2026-07-01");
    let request = app
        .by("rahim", "POST", &path)
        .header("content-disposition", "attachment; filename*=UTF-8''%E0%A6%A6%E0%A6%B2%E0%A6%BF%E0%A6%B2.pdf");
    let made = request.body("application/pdf", PDF.to_vec()).send().await.expect(201);
    let view = &made.json;
    assert_eq!((&view["file_name"], &view["media_type"]), (&json!("দলিল.pdf"), &json!("application/pdf")));
    assert_eq!((&view["size"], &view["issued"]), (&json!(PDF.len()), &json!("2026-07-01")));
    assert_eq!((&view["of"], &view["state"]), (&json!(0), &json!("received")));
    assert_eq!(made.header("location"), format!("/v1/documents/{}", view["id"].as_str().expect("an id")));

    let read = app.get("rahim", made.header("location")).await.expect(200);
    assert_eq!(read.bytes, PDF);
    assert_eq!(read.header("content-type"), "application/pdf");
    assert_eq!(read.header("x-content-type-options"), "nosniff");
    assert!(read.header("content-disposition").starts_with("attachment;"), "{}", read.header("content-disposition"));
    assert_eq!(read.header("etag"), format!("\"{}\"", view["sha256"].as_str().expect("a hash")));
    let again =
        app.by("rahim", "GET", made.header("location")).header("if-none-match", read.header("etag")).send().await;
    assert_eq!((again.status, again.bytes.len()), (304, 0));
    let list = app.get("rahim", &case.path("/documents")).await.expect(200);
    assert_eq!(list.json["items"], json!([view]));
}

#[actix_web::test]
async fn a_file_is_what_its_content_is() {
    let app = TestApp::new().await;
    let case = app.draft("rahim", "land-mutation").await;
    let before = app.rows().await;
    let script = b"#!/bin/sh\nrm -rf /\n".as_slice();
    let page = b"<script>alert(1)</script>".as_slice();
    for (query, media_type, content) in [
        ("kind=photo&file_name=me.jpg", "image/jpeg", script),
        ("kind=photo&file_name=me.jpg", "image/jpeg", page),
        ("kind=photo&file_name=me.jpg", "image/jpeg", PDF),
        ("kind=photo&file_name=me.pdf", "image/jpeg", JPEG),
        ("kind=photo&file_name=me.jpg", "application/pdf", JPEG),
        ("kind=deed&file_name=me.exe", "application/octet-stream", b"MZ\x90\0\x03\0".as_slice()),
    ] {
        let answer = app.upload("rahim", &case, query, media_type, content).await;
        assert_eq!(answer.status, 415, "{query} {media_type}: {}", answer.json);
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    assert_eq!(app.rows().await, before);
}

#[actix_web::test]
async fn sizes_kinds_and_places_have_their_bounds() {
    let app = TestApp::with(&[("GUICHET_MAX_UPLOAD", "3 MiB")]).await;
    let case = app.draft("rahim", "land-mutation").await;
    let before = app.rows().await;
    let large = |size: usize| [JPEG, &vec![0; size]].concat();
    // A photograph has a limit of its own, below that of the server.
    let photo = app.upload("rahim", &case, "kind=photo&file_name=a.jpg", "image/jpeg", &large(2 << 20)).await;
    assert_eq!((photo.status, &photo.json["code"]), (413, &json!("too_large")));
    assert_eq!(
        app.upload("rahim", &case, "kind=deed&file_name=a.jpg", "image/jpeg", &large(3 << 20)).await.status,
        413
    );
    for (query, pointer) in [
        ("kind=nothing&file_name=a.jpg", "/kind"),
        ("kind=photo&of=1000&file_name=a.jpg", "/of"),
        ("kind=photo", "/file_name"),
        ("file_name=a.jpg", "/kind"),
    ] {
        let answer = app.upload("rahim", &case, query, "image/jpeg", JPEG).await;
        assert_eq!((answer.status, answer.faults()[0].0.as_str()), (422, pointer), "{query}");
    }
    assert!(matches!(
        app.upload("rahim", &case, "kind=photo&file_name=a.jpg", "image/jpeg", b"").await.status,
        415 | 422
    ));
    assert_eq!(app.rows().await, before);
}

#[actix_web::test]
async fn a_name_leads_nowhere_else() {
    let app = TestApp::new().await;
    let case = app.draft("rahim", "land-mutation").await;
    let before = app.rows().await;
    for name in [
        "..%2F..%2Fetc%2Fpasswd.jpg",
        "a%5Cb.jpg",
        "..",
        "C%3Ax.jpg",
        "a%00.jpg",
        "nul.jpg",
        "a%0D%0AX%3A1.jpg",
        "a%E2%80%AEgpj.exe",
    ] {
        let answer = app.upload("rahim", &case, &format!("kind=photo&file_name={name}"), "image/jpeg", JPEG).await;
        assert_eq!((answer.status, answer.faults()[0].0.as_str()), (422, "/file_name"), "{name}");
    }
    assert_eq!(app.rows().await, before);
}

/// A scanner that speaks the protocol of clamd (`zINSTREAM`) and finds whatever holds `EICAR`.
fn scanner() -> std::net::SocketAddr {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut greeting = [0; 10];
            if stream.read_exact(&mut greeting).is_err() || &greeting != b"zINSTREAM\0" {
                continue;
            }
            let mut content = Vec::new();
            loop {
                let mut length = [0; 4];
                stream.read_exact(&mut length).expect("a length");
                let length = u32::from_be_bytes(length) as usize;
                if length == 0 {
                    break;
                }
                let at = content.len();
                content.resize(at + length, 0);
                stream.read_exact(&mut content[at..]).expect("a piece");
            }
            let found = content.windows(5).any(|w| w == b"EICAR");
            let answer = if found { &b"stream: Eicar-Test FOUND\0"[..] } else { b"stream: OK\0" };
            stream.write_all(answer).expect("answered");
        }
    });
    address
}

#[actix_web::test]
async fn what_the_scanner_finds_is_refused_and_shown_to_nobody() {
    let app = TestApp::with(&[("GUICHET_CLAMD", &scanner().to_string())]).await;
    let case = app.draft("rahim", "land-mutation").await;
    let clean = app.upload("rahim", &case, "kind=deed&file_name=a.pdf", "application/pdf", PDF).await.expect(201).json;
    let bad = [PDF, b"EICAR"].concat();
    let bad =
        app.upload("rahim", &case, "kind=tax_receipt&file_name=b.pdf", "application/pdf", &bad).await.expect(201).json;
    let state = async |id: &serde_json::Value| {
        let list = app.get("rahim", &case.path("/documents")).await.expect(200).json;
        let items = list["items"].as_array().expect("items").clone();
        let found = items.iter().find(|d| &d["id"] == id).expect("the document");
        found["state"].as_str().unwrap_or_default().to_owned()
    };
    app.until("both are scanned", async || {
        guichet::cases::scan_waiting(&app.running.ctx).await.expect("asked");
        (state(&clean["id"]).await == "scanned" && state(&bad["id"]).await == "refused").then_some(())
    })
    .await;
    let read = async |view: &serde_json::Value| {
        app.get("rahim", &format!("/v1/documents/{}", view["id"].as_str().expect("an id"))).await.status
    };
    assert_eq!((read(&clean).await, read(&bad).await), (200, 404));
}
