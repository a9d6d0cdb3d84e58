//! Files of a case: judged by their content, kept as they came, given back as attachments.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::mutation::{Case, Mutation, Point};
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

/// A scanner that speaks the protocol of clamd (`zINSTREAM`), finds whatever holds `EICAR` and gives up on `TOO-LARGE`.
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
            let holds = |word: &[u8]| content.windows(word.len()).any(|w| w == word);
            let answer = if holds(b"TOO-LARGE") {
                &b"INSTREAM size limit exceeded. ERROR\0"[..]
            } else if holds(b"EICAR") {
                &b"stream: Eicar-Test FOUND\0"[..]
            } else {
                &b"stream: OK\0"[..]
            };
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

/// What the rules see of the documents of a case, newest statement.
async fn counted(app: &TestApp, case: &str) -> Vec<String> {
    let newest = format!(
        "SELECT convert_from(d.bytes, 'UTF8') AS word FROM case_data d JOIN cases c ON c.id = d.case_id AND c.revision = d.revision \
         WHERE c.id = '{case}'"
    );
    let data: Value = serde_json::from_str(&app.text(&newest).await.expect("data")).expect("JSON");
    let documents = data["documents"].as_array().cloned().unwrap_or_default();
    documents.iter().map(|d| d["kind"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn bring(case: &Case<'_>, kind: &str, content: &[u8]) -> crate::support::Answer {
    let path = case.path(&format!("/documents?kind={kind}&file_name=a.pdf"));
    case.app.by("rahim", "POST", &path).body("application/pdf", content.to_vec()).send().await
}

#[actix_web::test]
async fn in_an_open_case_a_document_and_what_the_rules_see_of_it_are_one_act() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::NoticePaid).await;
    // Several at once: none is lost to another.
    let kinds = ["earlier_deeds", "representative_letter", "earlier_deeds", "earlier_deeds"];
    for answer in futures_util::future::join_all(kinds.iter().map(|kind| bring(&case, kind, PDF))).await {
        answer.expect(201);
    }
    let seen = counted(&app, &case.id).await;
    let count = |kind: &str| seen.iter().filter(|s| *s == kind).count();
    assert_eq!((count("earlier_deeds"), count("representative_letter")), (3, 1), "{seen:?}");
    // Where the rules cannot be told, there is no document either.
    app.execute(
        "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'away'; END $$; \
        CREATE TRIGGER no BEFORE UPDATE ON cases FOR EACH ROW EXECUTE FUNCTION no()",
    )
    .await;
    let before = app.rows().await;
    assert!(bring(&case, "tax_receipt", &[PDF, b"%2"].concat()).await.status >= 500);
    assert_eq!(app.rows().await, before);
}

#[actix_web::test]
async fn a_repeat_is_one_of_the_same_file_only() {
    let app = TestApp::new().await;
    let case = app.draft("rahim", "land-mutation").await;
    let key = guichet::kernel::random::uuid().to_string();
    let path = case.path("/documents?kind=photo&file_name=a.jpg");
    let (one, other) = ([JPEG, b"one"].concat(), [JPEG, b"two"].concat());
    let send = async |content: &[u8]| {
        let request = app.by("rahim", "POST", &path).header("idempotency-key", &key);
        request.body("image/jpeg", content.to_vec()).send().await
    };
    let made = send(&one).await.expect(201).json;
    assert_eq!(send(&one).await.expect(201).json["id"], made["id"]);
    let refused = send(&other).await.expect(422);
    assert_eq!(refused.json["code"], "key_reused");
    assert_eq!(app.count("SELECT count(*) FROM documents").await, 1);
}

#[actix_web::test]
async fn a_case_that_closes_while_a_file_is_under_way_does_not_take_it() {
    use std::io::{Read, Write};
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::NoticePaid).await;
    let head = [PDF, app.database_url.as_bytes(), &[b' '; 600 * 1024]].concat();
    let tail = b"%%EOF".as_slice();
    let request = format!(
        "POST {}?kind=tax_receipt&file_name=a.pdf HTTP/1.1\r\nhost: here\r\nauthorization: Bearer {}\r\nidempotency-key: {}\r\n\
         content-type: application/pdf\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        case.path("/documents"),
        app.token("rahim"),
        guichet::kernel::random::uuid(),
        head.len() + tail.len()
    );
    let mut stream = std::net::TcpStream::connect(app.running.address).expect("the server listens");
    stream.set_read_timeout(Some(std::time::Duration::from_secs(30))).expect("a bound");
    stream.write_all(request.as_bytes()).expect("sent");
    stream.write_all(&head).expect("sent");
    // The first pieces are in the store: the policy has said yes.
    let incoming = app.running.ctx.settings.data.join("documents/incoming");
    app.until("the upload is under way", async || {
        let arrived = |path: std::path::PathBuf| {
            std::fs::read(path)
                .is_ok_and(|bytes| bytes.windows(app.database_url.len()).any(|w| w == app.database_url.as_bytes()))
        };
        std::fs::read_dir(&incoming).ok()?.flatten().any(|entry| arrived(entry.path())).then_some(())
    })
    .await;
    let seq = case.view().await["seq"].to_string();
    let withdraw = app.by("rahim", "POST", &case.path("/withdrawal")).header("if-match", "*").json(&json!({}));
    withdraw.send().await.expect(200);
    let before = app.count("SELECT count(*) FROM documents").await;
    stream.write_all(tail).expect("sent");
    let answer = actix_web::web::block(move || {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map(|_| answer)
    });
    let answer = answer.await.expect("a thread").expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 409"), "{seq}: {answer}");
    assert_eq!(app.count("SELECT count(*) FROM documents").await, before);
}

#[actix_web::test]
async fn what_the_scanner_finds_leaves_the_case_again_and_who_brought_it_is_told() {
    let app = TestApp::with(&[("GUICHET_CLAMD", &scanner().to_string())]).await;
    let case = Mutation::of_rahim(&app).to(Point::NoticePaid).await;
    let scan = async || guichet::cases::scan_waiting(&app.running.ctx).await.expect("asked");
    let state = "SELECT count(*) FROM documents WHERE state = 'received'";
    app.until("all is scanned", async || {
        scan().await;
        (app.count(state).await == 0).then_some(())
    })
    .await;
    let receipts = async || counted(&app, &case.id).await.iter().filter(|kind| *kind == "tax_receipt").count();
    app.execute("DELETE FROM documents WHERE kind = 'tax_receipt'").await;
    let bad = bring(&case, "tax_receipt", &[PDF, b"EICAR"].concat()).await.expect(201).json;
    assert_eq!(receipts().await, 1);
    app.until("it is refused", async || {
        scan().await;
        let refused = format!(
            "SELECT count(*) FROM documents WHERE id = '{}' AND state = 'refused'",
            bad["id"].as_str().unwrap_or_default()
        );
        (app.count(&refused).await == 1).then_some(())
    })
    .await;
    assert_eq!(receipts().await, 0, "the rules see it no more");
    let entry = format!(
        "SELECT count(*) FROM audit_entries e JOIN audit_subjects s ON s.entry = e.id JOIN identities i ON i.person = s.person \
        WHERE e.action = 'document.refuse' AND e.outcome = 'done' AND e.actor IS NULL AND e.case_id = '{}' AND i.subject = 'rahim'",
        case.id
    );
    assert_eq!(app.count(&entry).await, 1);
    let by = format!(
        "SELECT actor->>'channel' AS word FROM case_events WHERE case_id = '{}' ORDER BY seq DESC LIMIT 1",
        case.id
    );
    assert_eq!(app.text(&by).await.as_deref(), Some("system"));
    case.until_told("rahim", "document_refused").await;
}

#[actix_web::test]
async fn nobody_opens_what_the_scanner_has_not_seen_and_one_that_fails_keeps_no_other() {
    let app = TestApp::with(&[("GUICHET_CLAMD", &scanner().to_string())]).await;
    let case = app.draft("rahim", "land-mutation").await;
    let large = [PDF, b"TOO-LARGE"].concat();
    let stuck = app.upload("rahim", &case, "kind=deed&file_name=a.pdf", "application/pdf", &large);
    let stuck = stuck.await.expect(201).json;
    let fine =
        app.upload("rahim", &case, "kind=tax_receipt&file_name=b.pdf", "application/pdf", PDF).await.expect(201).json;
    let read =
        async |view: &Value| app.get("rahim", &format!("/v1/documents/{}", view["id"].as_str().expect("an id"))).await;
    app.until("the one behind is scanned", async || {
        guichet::cases::scan_waiting(&app.running.ctx).await.expect("asked");
        (read(&fine).await.status == 200).then_some(())
    })
    .await;
    let refused = read(&stuck).await.expect(409);
    assert_eq!(refused.json["code"], "not_scanned_yet");
}
