//! What anybody does with a certificate: verify it by its code, and check its signed token with the public keys alone.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::{Value, json};

use super::client::{Result, differs};
use super::stage::{Filing, Stage, same};

/// Keys of a set that are looked at.
const KEYS_MAX: usize = 100;

/// The certificate of a case after this template, verified in every way. Gives its code and what is public of it.
pub async fn verified(stage: &Stage, filing: &Filing, case: &Value, template: &str) -> Result<(String, Value)> {
    let found = case["certificates"].as_array().into_iter().flatten().find(|c| c["template"] == template);
    let found = found
        .ok_or_else(|| differs(format!("the certificates of {}", filing.reference), template, &case["certificates"]))?;
    let code = found["code"].as_str().unwrap_or_default().to_owned();
    let path = format!("/v1/certificates/{code}");

    let view = stage.client.get(None, &path).await?;
    same(&format!("GET {path}: state"), &view["state"], &json!("valid"))?;
    same(&format!("GET {path}: code"), &view["code"], &json!(code))?;
    // What has no words in this language shows its id.
    let unnamed = view["fields"].as_array().into_iter().flatten().find(|f| {
        let title = f["title"].as_str().unwrap_or_default();
        title.is_empty() || title.starts_with("field-")
    });
    if let Some(unnamed) = unnamed {
        return Err(differs(format!("GET {path}"), "a title in words for each field", unnamed));
    }
    let kind = view["kind"].as_str().unwrap_or_default();
    stage.line("anybody", &format!("verifies: {kind}"), &filing.reference, &format!("valid, {code}"));

    let who = stage.person(filing.reader)?;
    let page = stage.client.text(Some(who), &format!("{path}/document"), "text/html").await?;
    for part in ["<svg", code.as_str(), "lang=\"en\"", "lang=\"bn\""] {
        if !page.contains(part) {
            return Err(differs(format!("GET {path}/document"), format!("a page with {part}"), &page));
        }
    }
    stage.line(
        who.name,
        "prints it, with its QR code, in two languages",
        &filing.reference,
        &format!("{} bytes", page.len()),
    );

    let token = stage.client.text(Some(who), &format!("{path}/token"), "application/jose").await?;
    let keys = stage.client.get(None, "/.well-known/jwks.json").await?;
    let (kid, claims) = claims(token.trim(), &keys)
        .map_err(|why| differs(format!("GET {path}/token"), "a token that the public keys verify", why))?;
    same("the code in the token", &claims["jti"], &json!(code))?;
    for field in view["fields"].as_array().into_iter().flatten() {
        let name = field["name"].as_str().unwrap_or_default();
        same(&format!("{name} in the token"), &claims["fields"][name], &field["value"])?;
    }
    let kid: String = kid.chars().take(8).collect();
    stage.line(
        "anybody",
        "checks the signed token with the public keys",
        &filing.reference,
        &format!("EdDSA, key {kid}…"),
    );
    Ok((code, view))
}

/// A public field of a certificate.
pub fn field<'a>(view: &'a Value, name: &str) -> &'a Value {
    let found = view["fields"].as_array().into_iter().flatten().find(|f| f["name"] == name);
    found.map_or(&Value::Null, |f| &f["value"])
}

/// The key's name and the claims of a compact JWS that one of these keys has signed (RFC 7515, RFC 8037).
fn claims(token: &str, keys: &Value) -> Result<(String, Value), String> {
    let (signed, signature) = token.rsplit_once('.').ok_or("no compact JWS")?;
    let (header, payload) = signed.split_once('.').ok_or("no compact JWS")?;
    let header: Value = serde_json::from_slice(&bytes(header)?).map_err(|e| e.to_string())?;
    if header["alg"] != "EdDSA" {
        return Err(format!("the algorithm {}", header["alg"]));
    }
    let kid = header["kid"].as_str().ok_or("no kid")?;
    let found = keys["keys"].as_array().into_iter().flatten().take(KEYS_MAX).find(|k| k["kid"] == kid);
    let found = found.ok_or_else(|| format!("no public key {kid}"))?;
    if found["kty"] != "OKP" || found["crv"] != "Ed25519" {
        return Err(format!("the key {found}"));
    }
    let x: [u8; 32] =
        bytes(found["x"].as_str().unwrap_or_default())?.try_into().map_err(|_| "a key of 32 bytes is needed")?;
    let key = VerifyingKey::from_bytes(&x).map_err(|e| e.to_string())?;
    let signature = Signature::from_slice(&bytes(signature)?).map_err(|e| e.to_string())?;
    key.verify_strict(signed.as_bytes(), &signature).map_err(|e| e.to_string())?;
    Ok((kid.to_owned(), serde_json::from_slice(&bytes(payload)?).map_err(|e| e.to_string())?))
}

fn bytes(text: &str) -> Result<Vec<u8>, String> {
    BASE64.decode(text).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8037, appendix A.4.
    const TOKEN: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.\
        hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

    #[test]
    fn a_token_is_checked_with_the_key_that_it_names() {
        assert_eq!(claims(TOKEN, &json!({"keys": []})), Err("no kid".into()));
        let folder = std::env::temp_dir().join(crate::kernel::random::uuid().to_string());
        let ours = crate::access::Keys::open(&folder).expect("keys");
        let token = ours.sign(&json!({"jti": "A"})).expect("a token");
        let (_, said) = claims(&token, &ours.jwks()).expect("good");
        assert_eq!(said["jti"], "A");
        let (head, tail) = token.split_at(token.len() - 4);
        assert!(claims(&format!("{head}{}", tail.chars().rev().collect::<String>()), &ours.jwks()).is_err());
        assert!(claims(&token, &json!({"keys": []})).is_err());
        std::fs::remove_dir_all(folder).expect("removed");
    }
}
