//! An issuer of its own: keys, tokens, and the JWK set over HTTP on loopback.

use std::io::{Read, Write};
use std::net::TcpListener;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use p256::elliptic_curve::sec1::ToEncodedPoint;
use serde_json::{Value, json};

pub struct Issuer {
    pub url: String,
    eddsa: EncodingKey,
    es256: EncodingKey,
}

impl Issuer {
    /// Makes keys and answers for them from now on.
    pub fn start() -> Self {
        let ed = SigningKey::from_bytes(&guichet::kernel::random::bytes::<32>());
        let ec = p256::SecretKey::from_slice(&guichet::kernel::random::bytes::<32>()).expect("a key in range");
        let point = ec.public_key().to_encoded_point(false);
        let keys = json!({"keys": [
            {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "ed", "x": BASE64.encode(ed.verifying_key().as_bytes())},
            {"kty": "EC", "crv": "P-256", "alg": "ES256", "kid": "ec",
             "x": BASE64.encode(point.x().expect("a point")), "y": BASE64.encode(point.y().expect("a point"))},
        ]});
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        std::thread::spawn(move || answer(&listener, &keys));
        let ed = ed.to_pkcs8_der().expect("a key");
        let ec = p256::pkcs8::EncodePrivateKey::to_pkcs8_der(&ec).expect("a key");
        Self { url, eddsa: EncodingKey::from_ed_der(ed.as_bytes()), es256: EncodingKey::from_ec_der(ec.as_bytes()) }
    }

    /// A token of two hours; every second caller's is signed the other way.
    pub fn token(&self, subject: &str, number: usize) -> String {
        let (algorithm, key, kid) = match number % 2 {
            0 => (Algorithm::EdDSA, &self.eddsa, "ed"),
            _ => (Algorithm::ES256, &self.es256, "ec"),
        };
        let header = Header { kid: Some(kid.into()), ..Header::new(algorithm) };
        let now = guichet::kernel::clock::machine_now().as_second();
        let claims = json!({"iss": self.url, "aud": "guichet", "sub": subject, "azp": "portal", "iat": now,
            "exp": now + 7_200, "acr": "high"});
        encode(&header, &claims, key).expect("a token")
    }
}

fn answer(listener: &TcpListener, keys: &Value) {
    for stream in listener.incoming().flatten() {
        let (mut stream, body) = (stream, keys.to_string());
        let _ = stream.read(&mut [0; 4_096]);
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
    }
}
