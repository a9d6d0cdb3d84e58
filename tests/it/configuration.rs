//! The command line and its settings, through the program itself.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use guichet::kernel::settings::SETTINGS;

use crate::support::{bare_database_url, database_url, services};

/// The program in an empty environment but for what is said.
fn guichet(words: &[&str], settings: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guichet"));
    command.args(words).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.envs(settings.iter().copied()).output().expect("it runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// A folder of the test's own.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("guichet-configuration-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

#[test]
fn a_wrong_value_stops_the_start_with_a_sentence_that_names_it() {
    let data = folder("wrong");
    let data_name = data.display().to_string();
    for (name, value) in [
        ("GUICHET_LISTEN", "here"),
        ("GUICHET_LISTEN", "localhost:8080"),
        ("GUICHET_PUBLIC_URL", "guichet.example"),
        ("GUICHET_DATABASE_POOL", "0"),
        ("GUICHET_DATABASE_POOL", "many"),
        ("GUICHET_DEMO", "perhaps"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("GUICHET_CA_FILE", "/nowhere/ca.pem"),
        ("GUICHET_JWKS_URL", "https://issuer.example/jwks"),
        ("GUICHET_SMTP_PORT", "25"),
        ("GUICHET_SMS_TOKEN", "t"),
        ("GUICHET_SMS_URL", "http://sms.example/send"),
        ("GUICHET_S3_BUCKET", "papers"),
        ("GUICHET_CLAMD", "scanner"),
        ("GUICHET_PAYMENT_URL", "https://pay.example"),
        ("GUICHET_SANDBOX_LISTEN", "0.0.0.0:8081"),
        ("GUICHET_DRAFT_DAYS", "0"),
        ("GUICHET_MAX_UPLOAD", "20 potatoes"),
        ("GUICHET_MAX_UPLOAD", "2 GiB"),
        ("GUICHET_SHUTDOWN_SECONDS", "0"),
        ("GUICHET_CONNECTIONS", "none"),
        ("GUICHET_REQUEST_SECONDS", "4000"),
        ("GUICHET_RATE_ADDRESS", "1,2,3"),
        ("GUICHET_RATE_CALLER", "-1"),
        ("GUICHET_TRUSTED_PROXIES", "proxy.example"),
        ("GUICHET_ALGORITHMS", "HS256"),
    ] {
        let done = guichet(&["serve"], &[("GUICHET_DATA", &data_name), (name, value)]);
        let said = text(&done.stderr);
        assert_eq!(done.status.code(), Some(1), "{name}={value}: {said}");
        let named = if name == "GUICHET_PAYMENT_URL" { "GUICHET_PAYMENT_SECRET" } else { name };
        assert!(said.starts_with("guichet: ") && said.contains(named), "{name}={value}: {said}");
        assert_eq!(said.trim_end().lines().count(), 1, "one sentence: {said}");
        assert!(done.stdout.is_empty());
    }
    assert_eq!(std::fs::read_dir(&data).expect("a folder").count(), 0, "nothing was begun");
    std::fs::remove_dir_all(data).expect("removed");
}

#[test]
fn secrets_are_not_repeated() {
    let done = guichet(&["serve"], &[("DATABASE_URL", "mysql://root:hunter2@localhost/x")]);
    assert!(!text(&done.stderr).contains("hunter2"), "{}", text(&done.stderr));
    let done =
        guichet(&["serve"], &[("GUICHET_PAYMENT_URL", "https://pay.example"), ("GUICHET_PAYMENT_SECRET", "hunter2")]);
    let said = text(&done.stderr);
    assert!(said.contains("GUICHET_PAYMENT_SECRET") && !said.contains("hunter2"), "{said}");
}

#[test]
fn others_than_this_machine_need_an_issuer() {
    let data = folder("loopback");
    let settings = [
        ("GUICHET_LISTEN", "0.0.0.0:0"),
        ("GUICHET_PUBLIC_URL", "https://guichet.example"),
        ("GUICHET_DATA", &data.display().to_string()),
        ("GUICHET_SERVICES", "nowhere"),
    ];
    let done = guichet(&["serve"], &settings);
    assert_eq!(done.status.code(), Some(1));
    let said = text(&done.stderr);
    assert!(said.contains("GUICHET_ISSUER must be set"), "{said}");
    assert!(!data.join("postgres").exists(), "no database was started for nothing");
    std::fs::remove_dir_all(data).expect("removed");
}

#[test]
fn the_help_shows_every_setting() {
    let done = guichet(&["--help"], &[]);
    let said = text(&done.stdout);
    assert!(done.status.success());
    for setting in SETTINGS {
        assert!(said.contains(setting.name), "{}", setting.name);
    }
    for command in ["serve", "migrate", "backup", "restore", "check", "demo", "token"] {
        assert!(said.contains(command), "{command}");
    }
}

#[test]
fn an_unknown_setting_is_told_and_an_unknown_command_refused() {
    let data = folder("unknown");
    let done = guichet(&["token", "rahim"], &[("GUICHET_DATA", &data.display().to_string()), ("GUICHET_LISTNE", "x")]);
    assert!(done.status.success() && text(&done.stderr).contains("GUICHET_LISTNE"), "{}", text(&done.stderr));
    assert_eq!(guichet(&["sing"], &[]).status.code(), Some(2));
    std::fs::remove_dir_all(data).expect("removed");
}

#[test]
fn a_token_stands_alone_on_standard_output() {
    let data = folder("token");
    let settings = [("GUICHET_DATA", data.to_str().expect("text"))];
    let done = guichet(&["token", "rahim"], &settings);
    let token = text(&done.stdout);
    assert!(done.status.success() && done.stderr.is_empty(), "{}", text(&done.stderr));
    assert!(
        token.ends_with('\n')
            && token.trim_end().split('.').count() == 3
            && !token.trim_end().contains(char::is_whitespace)
    );
    // The keys are those of the folder, for its owner alone.
    let keys = guichet::access::Keys::open(&data).expect("keys");
    let again = keys.development_token("rahim", jiff::SignedDuration::from_hours(1)).expect("a token");
    assert_eq!(again.split('.').next(), token.split('.').next(), "the same key signs");
    let with_issuer = [
        settings[0],
        ("GUICHET_ISSUER", "https://issuer.example"),
        ("GUICHET_JWKS_URL", "https://issuer.example/jwks"),
    ];
    let refused = guichet(&["token", "rahim"], &with_issuer);
    assert!(!refused.status.success() && refused.stdout.is_empty() && text(&refused.stderr).contains("GUICHET_ISSUER"));
    std::fs::remove_dir_all(data).expect("removed");
}

#[test]
fn keys_are_read_by_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    fn walk(at: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(at).expect("a folder").flatten() {
            if entry.path().is_dir() { walk(&entry.path(), found) } else { found.push(entry.path()) }
        }
    }
    let data = folder("keys");
    assert!(guichet(&["token", "rahim"], &[("GUICHET_DATA", data.to_str().expect("text"))]).status.success());
    let mut files = Vec::new();
    walk(&data, &mut files);
    assert!(!files.is_empty());
    for file in files {
        let mode = std::fs::metadata(&file).expect("a file").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} {mode:o}", file.display());
    }
    std::fs::remove_dir_all(data).expect("removed");
}

#[test]
fn a_check_tells_every_fault_by_file_and_line() {
    let done = guichet(&["check", services().to_str().expect("text")], &[]);
    assert!(done.status.success(), "{}{}", text(&done.stdout), text(&done.stderr));
    assert!(text(&done.stdout).contains("residence-certificate: explored, "), "{}", text(&done.stdout));
    assert!(text(&done.stdout).contains("land-appeal: not explored"), "{}", text(&done.stdout));
    let by_setting = guichet(&["check", "--quick"], &[("GUICHET_SERVICES", services().to_str().expect("text"))]);
    assert!(
        text(&done.stdout).starts_with(text(&by_setting.stdout).as_str())
            && !text(&by_setting.stdout).contains("explored")
    );

    let copy = folder("check");
    for part in ["_agencies", "_calendar", "_shared", "residence-certificate"] {
        let status = Command::new("cp").arg("-r").arg(services().join(part)).arg(&copy).status().expect("copied");
        assert!(status.success());
    }
    let file = copy.join("residence-certificate/service.yaml");
    let good = std::fs::read_to_string(&file).expect("a definition");
    std::fs::write(&file, good.replace("within: 3 working days", "withn: 3 working days")).expect("written");
    let done = guichet(&["check", copy.to_str().expect("text")], &[]);
    assert_eq!(done.status.code(), Some(1));
    let line = good.lines().position(|l| l.contains("within: 3 working days")).expect("a line") + 1;
    let place = format!("{}:{line}:", file.display());
    let said = text(&done.stdout);
    let found = said.lines().find(|l| l.starts_with(&place)).unwrap_or_else(|| panic!("{place} in {said}"));
    assert!(found.contains("withn"), "{found}");
    assert_eq!(guichet(&["check", "/nowhere/at/all"], &[]).status.code(), Some(1));
    std::fs::remove_dir_all(copy).expect("removed");
}

#[actix_web::test]
async fn migrating_twice_is_migrating_once() {
    let url = bare_database_url();
    for _ in 0..2 {
        let done = guichet(&["migrate"], &[("DATABASE_URL", &url)]);
        assert!(done.status.success(), "{}", text(&done.stderr));
    }
    let away = guichet(&["migrate"], &[("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")]);
    assert_eq!(away.status.code(), Some(1));
    assert!(text(&away.stderr).starts_with("guichet: "), "{}", text(&away.stderr));
}

/// A server in a process of its own, killed when dropped, whose log is kept.
struct Server(std::process::Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[actix_web::test]
async fn whatever_is_logged_holds_nothing_that_anybody_stated() {
    use std::io::Read;

    let data = folder("log");
    let log = data.join("log");
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let listen = format!("127.0.0.1:{port}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_guichet"));
    command.arg("serve").env_clear().env("GUICHET_DATA", &data).env("GUICHET_SERVICES", services());
    command.env("DATABASE_URL", database_url()).env("GUICHET_LISTEN", &listen).env("GUICHET_LOG", "trace");
    command.env("GUICHET_SANDBOX_LISTEN", "127.0.0.1:0").env("GUICHET_DEMO", "false");
    command.stdout(std::process::Stdio::null()).stderr(std::fs::File::create(&log).expect("a log"));
    let server = Server(command.spawn().expect("it runs"));
    let _ = rustls::crypto::ring::default_provider().install_default();
    #[expect(clippy::disallowed_methods, reason = "the tests are a client of their own")]
    let client = reqwest::Client::new();
    let url = format!("http://{listen}");
    let mut ready = false;
    for _ in 0..400 {
        ready = client.get(format!("{url}/readyz")).send().await.is_ok_and(|answer| answer.status().is_success());
        if ready {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(ready, "{}", std::fs::read_to_string(&log).unwrap_or_default());
    let keys = guichet::access::Keys::open(&data).expect("keys");
    let token = keys.development_token("tarek", jiff::SignedDuration::from_hours(1)).expect("a token");
    let body = serde_json::json!({"service": "land-mutation", "form": {"findings": "Quetzalcoatl stated this"}});
    let answer =
        client.post(format!("{url}/v1/cases")).bearer_auth(&token).header("idempotency-key", "k-1").json(&body);
    assert_eq!(answer.send().await.expect("an answer").status().as_u16(), 201);
    drop(server);
    let mut said = String::new();
    std::fs::File::open(&log).expect("a log").read_to_string(&mut said).expect("text");
    assert!(said.contains("\"level\":\"INFO\""), "it logs: {said}");
    for word in ["Quetzalcoatl", &token, "$1"] {
        let line = said.lines().find(|line| line.contains(word)).unwrap_or_default();
        assert!(line.is_empty(), "{word} in {line}");
    }
    std::fs::remove_dir_all(data).expect("removed");
}
