use std::collections::BTreeMap;

use super::*;

fn read(pairs: &[(&str, &str)]) -> Read<Settings> {
    let map: BTreeMap<String, String> = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Settings::read(&|name| map.get(name).cloned())
}

#[test]
fn everything_has_a_default() {
    let settings = read(&[]).expect("defaults");
    assert_eq!(settings.public_url, "http://127.0.0.1:8080");
    assert_eq!(settings.max_upload, 20 << 20);
    assert!(settings.demo && settings.is_loopback());
    assert_eq!(settings.documents, Documents::Folder(".guichet/documents".into()));
}

#[test]
fn the_demo_is_off_beyond_loopback_and_with_an_issuer() {
    let open = [("GUICHET_LISTEN", "0.0.0.0:80"), ("GUICHET_PUBLIC_URL", "https://guichet.example")];
    assert!(!read(&open).expect("settings").demo);
    let issuer = [("GUICHET_ISSUER", "https://id.example"), ("GUICHET_JWKS_URL", "https://id.example/jwks")];
    let settings = read(&issuer).expect("settings");
    assert!(!settings.demo);
    assert_eq!(settings.issuer.expect("an issuer").algorithms, ["RS256", "ES256", "EdDSA"]);
}

#[test]
fn a_wrong_value_names_its_variable() {
    let issuer = [("GUICHET_ISSUER", "https://id.example"), ("GUICHET_JWKS_URL", "https://id.example/jwks")];
    let with = |name, value| [issuer[0], issuer[1], (name, value)];
    let cases: Vec<(Vec<(&str, &str)>, &str)> = vec![
        (vec![("GUICHET_LISTEN", "localhost")], "GUICHET_LISTEN"),
        (vec![("GUICHET_DATABASE_POOL", "0")], "GUICHET_DATABASE_POOL"),
        (vec![("GUICHET_DEMO", "perhaps")], "GUICHET_DEMO"),
        (vec![("GUICHET_MAX_UPLOAD", "20 MB")], "GUICHET_MAX_UPLOAD"),
        (vec![("GUICHET_MAX_UPLOAD", "99999999999 GiB")], "GUICHET_MAX_UPLOAD"),
        (vec![("GUICHET_DRAFT_DAYS", "-1")], "GUICHET_DRAFT_DAYS"),
        (vec![("GUICHET_PUBLIC_URL", "example.org")], "GUICHET_PUBLIC_URL"),
        (vec![("GUICHET_LISTEN", "0.0.0.0:80")], "GUICHET_PUBLIC_URL"),
        (vec![("GUICHET_LISTEN", "[::]:80")], "GUICHET_PUBLIC_URL"),
        (vec![("GUICHET_AUDIENCE", "x")], "GUICHET_AUDIENCE"),
        (vec![issuer[0]], "GUICHET_JWKS_URL"),
        (vec![issuer[0], ("GUICHET_JWKS_URL", "http://id.example/jwks")], "GUICHET_JWKS_URL"),
        (with("GUICHET_ALGORITHMS", "RS256,HS256").to_vec(), "GUICHET_ALGORITHMS"),
        (with("GUICHET_ALGORITHMS", "none").to_vec(), "GUICHET_ALGORITHMS"),
        (vec![("GUICHET_SMTP_FROM", "a@b.example")], "GUICHET_SMTP_FROM"),
        (vec![("GUICHET_SMTP_HOST", "mail.example")], "GUICHET_SMTP_FROM"),
        (vec![("GUICHET_SMTP_HOST", "mail.example"), ("GUICHET_SMTP_TLS", "none")], "GUICHET_SMTP_TLS"),
        (vec![("GUICHET_S3_ENDPOINT", "https://s3.example")], "GUICHET_S3_BUCKET"),
        (
            vec![("GUICHET_PAYMENT_URL", "https://pay.example"), ("GUICHET_PAYMENT_SECRET", "short")],
            "GUICHET_PAYMENT_SECRET",
        ),
        (vec![("GUICHET_BACKUP_PASSPHRASE", "short")], "GUICHET_BACKUP_PASSPHRASE"),
        (vec![("GUICHET_SANDBOX_LISTEN", "0.0.0.0:8081")], "GUICHET_SANDBOX_LISTEN"),
        (vec![("GUICHET_OTLP", "http://collector.example:4318")], "GUICHET_OTLP"),
        (vec![("GUICHET_CONNECTIONS", "0")], "GUICHET_CONNECTIONS"),
        (vec![("GUICHET_REQUEST_SECONDS", "0")], "GUICHET_REQUEST_SECONDS"),
        (vec![("GUICHET_RATE_ADDRESS", "fast")], "GUICHET_RATE_ADDRESS"),
        (vec![("GUICHET_RATE_CALLER", "0,10")], "GUICHET_RATE_CALLER"),
        (vec![("GUICHET_TRUSTED_PROXIES", "10.0.0.1/8")], "GUICHET_TRUSTED_PROXIES"),
        (vec![("DATABASE_URL", "mysql://root:hunter2@db")], "DATABASE_URL"),
    ];
    for (pairs, variable) in cases {
        let fault = read(&pairs).expect_err(variable);
        assert_eq!(fault.variable, variable);
        assert!(fault.to_string().starts_with(variable) && !fault.to_string().contains("hunter2"), "{fault}");
    }
}

#[test]
fn secrets_are_not_printed() {
    let settings = read(&[("DATABASE_URL", "postgres://guichet:hunter2@db/guichet")]).expect("settings");
    assert!(!format!("{settings:?}").contains("hunter2"));
    assert!(settings.database_url.expect("a URL").reveal().contains("hunter2"));
}

#[test]
fn a_slip_in_a_name_is_told() {
    let names = ["GUICHET_LISTEN", "GUICHET_LISTN", "HOME"].map(String::from);
    assert_eq!(Settings::unknown(names), ["GUICHET_LISTN"]);
}
