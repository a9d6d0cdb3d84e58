use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use actix_web::{App, HttpResponse, HttpServer, web};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ed25519_dalek::{Signer, SigningKey};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::*;
use crate::access::keys::tests::Scratch;
use crate::kernel::random;

const ISSUER: &str = "https://id.example";

fn settings(jwks: Option<&str>, listen: &str) -> Settings {
    let get = |name: &str| match (name, jwks) {
        ("GUICHET_LISTEN", _) => Some(listen.to_owned()),
        ("GUICHET_PUBLIC_URL", _) => Some("https://guichet.example".to_owned()),
        ("GUICHET_ISSUER", Some(_)) => Some(ISSUER.to_owned()),
        ("GUICHET_JWKS_URL", Some(url)) => Some(url.to_owned()),
        ("GUICHET_ALGORITHMS", Some(_)) => Some("EdDSA,RS256".to_owned()),
        _ => None,
    };
    Settings::read(&get).expect("settings")
}

struct Signing {
    kid: &'static str,
    key: SigningKey,
}

impl Signing {
    fn new(kid: &'static str) -> Self {
        Self { kid, key: SigningKey::from_bytes(&random::bytes()) }
    }

    fn jwk(&self) -> Value {
        json!({"kty": "OKP", "crv": "Ed25519", "x": BASE64.encode(self.key.verifying_key().as_bytes()), "kid": self.kid,
               "alg": "EdDSA", "use": "sig"})
    }

    fn token(&self, header: &Value, claims: &Value) -> String {
        let signed = format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims.to_string()));
        format!("{signed}.{}", BASE64.encode(self.key.sign(signed.as_bytes()).to_bytes()))
    }

    fn header(&self) -> Value {
        json!({"alg": "EdDSA", "kid": self.kid, "typ": "JWT"})
    }
}

fn good() -> Value {
    let now = machine_now().as_second();
    json!({"iss": ISSUER, "aud": ["other", "guichet"], "sub": "rahim", "exp": now + 300, "nbf": now, "azp": "app",
           "acr": "http://eidas.europa.eu/LoA/high"})
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = good();
    claims[name] = value;
    claims
}

/// An issuer on loopback whose key set can be changed, and that counts how often it is asked.
struct Issuer {
    url: String,
    set: web::Data<Mutex<Value>>,
    asked: web::Data<AtomicU32>,
}

impl Issuer {
    async fn start(keys: Vec<Value>) -> Self {
        let (set, asked) = (web::Data::new(Mutex::new(json!({"keys": keys}))), web::Data::new(AtomicU32::new(0)));
        let (data, count) = (set.clone(), asked.clone());
        let server = HttpServer::new(move || {
            App::new().app_data(data.clone()).app_data(count.clone()).route(
                "/jwks",
                web::get().to(|set: web::Data<Mutex<Value>>, asked: web::Data<AtomicU32>| async move {
                    asked.fetch_add(1, Ordering::SeqCst);
                    let set = set.lock().expect("the set").clone();
                    if set.is_null() {
                        HttpResponse::InternalServerError().finish()
                    } else {
                        HttpResponse::Ok().json(set)
                    }
                }),
            )
        });
        let server = server.workers(1).disable_signals().bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/jwks", server.addrs()[0]);
        actix_web::rt::spawn(server.run());
        Self { url, set, asked }
    }

    fn verifier(&self) -> Verifier {
        Verifier::new(&settings(Some(&self.url), "0.0.0.0:80"), &Scratch::new().keys()).expect("a verifier")
    }

    fn publish(&self, set: Value) {
        *self.set.lock().expect("the set") = set;
    }
}

async fn refused(verifier: &Verifier, token: &str) -> &'static str {
    match verifier.verify(token).await {
        Err(Error::Unauthenticated(code)) => code,
        other => panic!("not refused: {other:?}"),
    }
}

#[actix_web::test]
async fn a_good_token_says_who_it_is() {
    let key = Signing::new("one");
    let issuer = Issuer::start(vec![key.jwk()]).await;
    let verifier = issuer.verifier();
    let token = key.token(&key.header(), &good());
    let claims = verifier.verify(&token).await.expect("claims");
    assert_eq!((claims.subject.as_str(), claims.client.as_deref()), ("rahim", Some("app")));
    assert_eq!(claims.assurance, Assurance::High);
    assert_eq!(verifier.verify(&token).await.expect("claims"), claims);
    assert!(!verifier.is_development());
    assert_eq!(issuer.asked.load(Ordering::SeqCst), 1);
}

#[actix_web::test]
async fn what_is_not_good_is_refused() {
    let (key, other) = (Signing::new("one"), Signing::new("one"));
    let issuer = Issuer::start(vec![key.jwk()]).await;
    let verifier = issuer.verifier();
    let now = machine_now().as_second();
    let claims = [
        ("aud", json!("somebody else"), "token_audience"),
        ("aud", Value::Null, "token_claims"),
        ("iss", json!("https://id.example/"), "token_issuer"),
        ("iss", json!([ISSUER]), "token_malformed"),
        ("exp", json!(now - 31), "token_expired"),
        ("exp", json!("never"), "token_malformed"),
        ("exp", Value::Null, "token_malformed"),
        ("nbf", json!(now + 60), "token_not_yet"),
        ("sub", json!(""), "token_claims"),
        ("sub", json!("a".repeat(256)), "token_claims"),
    ];
    for (name, value, code) in claims {
        let token = key.token(&key.header(), &with(name, value.clone()));
        assert_eq!(refused(&verifier, &token).await, code, "{name} {value}");
    }
    let headers = [
        (json!({"alg": "none", "kid": "one"}), "token_malformed"),
        (json!({"alg": "HS256", "kid": "one"}), "token_algorithm"),
        (json!({"alg": "RS256", "kid": "one"}), "token_key"),
        (json!({"alg": "ES256", "kid": "one"}), "token_algorithm"),
        (json!({"alg": "EdDSA", "kid": "two"}), "token_key"),
        (json!({"alg": "EdDSA"}), "token_key"),
        (json!({"alg": "EdDSA", "kid": "one", "crit": ["exp"]}), "token_extension"),
        (json!({"alg": "EdDSA", "kid": "one", "crit": "exp"}), "token_malformed"),
    ];
    for (header, code) in headers {
        assert_eq!(refused(&verifier, &key.token(&header, &good())).await, code, "{header}");
    }
    assert_eq!(refused(&verifier, &other.token(&other.header(), &good())).await, "token_signature");
    let token = key.token(&key.header(), &good());
    let mut parts: Vec<_> = token.split('.').collect();
    let forged = BASE64.encode(with("sub", json!("somebody")).to_string());
    parts[1] = &forged;
    assert_eq!(refused(&verifier, &parts.join(".")).await, "token_signature");
    for text in ["", ".", "..", "a.b.c", &token[..token.len() / 2]] {
        assert_eq!(refused(&verifier, text).await, "token_malformed", "{text}");
    }
    assert_eq!(refused(&verifier, &"a".repeat(TOKEN_MAX + 1)).await, "token_too_long");
}

#[actix_web::test]
async fn the_public_key_is_no_shared_secret() {
    let key = Signing::new("one");
    let issuer = Issuer::start(vec![key.jwk()]).await;
    let header = jsonwebtoken::Header { kid: Some("one".into()), ..jsonwebtoken::Header::new(Algorithm::HS256) };
    let secret = jsonwebtoken::EncodingKey::from_secret(key.key.verifying_key().as_bytes());
    let token = jsonwebtoken::encode(&header, &good(), &secret).expect("a token");
    assert_eq!(refused(&issuer.verifier(), &token).await, "token_algorithm");
}

#[actix_web::test]
async fn a_new_key_is_found_and_the_issuer_is_not_run_down() {
    let (old, new) = (Signing::new("old"), Signing::new("new"));
    let issuer = Issuer::start(vec![old.jwk()]).await;
    let remote = jwks::Remote::new(&issuer.url).expect("a client");
    let (algorithm, start) = (Algorithm::EdDSA, machine_now());
    let after = |seconds| start + SignedDuration::from_secs(seconds);
    assert!(remote.key_at("old", algorithm, start).await.is_ok());
    issuer.publish(json!({"keys": [new.jwk()]}));
    for second in 1..10 {
        assert!(remote.key_at("new", algorithm, after(second)).await.is_err());
    }
    assert_eq!(issuer.asked.load(Ordering::SeqCst), 1);
    assert!(remote.key_at("new", algorithm, after(10)).await.is_ok());
    assert!(remote.key_at("old", algorithm, after(11)).await.is_err(), "withdrawn");
    assert_eq!(issuer.asked.load(Ordering::SeqCst), 2);
    issuer.publish(Value::Null);
    assert!(remote.key_at("new", algorithm, after(10_000)).await.is_ok(), "an issuer that is away locks nobody out");
    assert_eq!(issuer.asked.load(Ordering::SeqCst), 3);
}

/// It takes requests, and answers none of them any more.
#[actix_web::test]
async fn an_issuer_that_hangs_keeps_no_known_key_waiting() {
    let key = Signing::new("one");
    let issuer = Issuer::start(vec![key.jwk()]).await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let mut remote = jwks::Remote::new(&issuer.url).expect("a client");
    let start = machine_now();
    assert!(remote.key_at("one", Algorithm::EdDSA, start).await.is_ok());
    remote.ask_at(&format!("http://{}/jwks", silent.local_addr().expect("an address")));
    let after = |seconds| start + SignedDuration::from_secs(seconds);
    let unknown = remote.key_at("two", Algorithm::EdDSA, after(30));
    let known = async {
        let (_held, _) = silent.accept().await.expect("the issuer is asked for the other key");
        remote.key_at("one", Algorithm::EdDSA, after(30)).await
    };
    // The set is old: it is answered all the same, and fetched beside.
    let old = async { remote.key_at("one", Algorithm::EdDSA, after(4_000)).await };
    tokio::select! {
        biased;
        _ = unknown => panic!("the issuer has not answered"),
        found = known => assert!(found.is_ok()),
    }
    assert!(old.await.is_ok());
}

#[actix_web::test]
async fn keys_that_are_unsound_are_left_out_and_harm_nothing() {
    let key = Signing::new("one");
    let short = json!({"kty": "OKP", "crv": "Ed25519", "x": "AAAA", "kid": "short"});
    let weak = json!({"kty": "RSA", "n": BASE64.encode([255; 128]), "e": "AQAB", "kid": "weak"});
    let shared = json!({"kty": "oct", "k": "c2VjcmV0", "kid": "shared"});
    let mut sealing = key.jwk();
    sealing["use"] = json!("enc");
    sealing["kid"] = json!("sealing");
    let issuer = Issuer::start(vec![json!(7), json!({"kty": "new"}), short, weak, shared, sealing, key.jwk()]).await;
    let remote = jwks::Remote::new(&issuer.url).expect("a client");
    assert!(remote.key_at("one", Algorithm::EdDSA, machine_now()).await.is_ok());
    for (kid, algorithm) in [
        ("short", Algorithm::EdDSA),
        ("weak", Algorithm::RS256),
        ("shared", Algorithm::HS256),
        ("sealing", Algorithm::EdDSA),
    ] {
        assert!(remote.key_at(kid, algorithm, machine_now()).await.is_err(), "{kid}");
    }
}

#[actix_web::test]
async fn an_issuer_that_was_never_reached_is_an_outage_not_a_bad_token() {
    let key = Signing::new("one");
    let issuer = Issuer::start(vec![]).await;
    issuer.publish(Value::Null);
    let error = issuer.verifier().verify(&key.token(&key.header(), &good())).await.expect_err("no keys");
    assert!(matches!(error, Error::Unavailable(_)), "{error}");
}

#[actix_web::test]
async fn the_development_issuer_is_for_loopback_only() {
    let scratch = Scratch::new();
    let keys = scratch.keys();
    let verifier = Verifier::new(&settings(None, "127.0.0.1:8080"), &keys).expect("a verifier");
    assert!(verifier.is_development());
    let hour = SignedDuration::from_hours(1);
    let token = keys.development_token("rahim", hour).expect("a token");
    assert_eq!(verifier.verify(&token).await.expect("claims").issuer, crate::access::keys::DEVELOPMENT_ISSUER);
    let foreign = Scratch::new().keys().development_token("rahim", hour).expect("a token");
    assert_eq!(refused(&verifier, &foreign).await, "token_key");
    let error = Verifier::new(&settings(None, "0.0.0.0:8080"), &keys).err().expect("refused");
    let Error::Internal(source) = error else { panic!("another error") };
    assert!(source.to_string().contains("GUICHET_ISSUER"));
}
