//! Lists by keyset: an opaque cursor says after which row to go on. A cursor grants nothing: what a list shows is the
//! scope's question at every page.

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderName, HeaderValue, LINK};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::kernel::{Error, Result};

/// Rows of a page, at most and where nothing is said.
pub const LIMIT_MAX: u32 = 200;
pub const LIMIT_DEFAULT: u32 = 50;
/// Longest cursor, in bytes.
const CURSOR_MAX: usize = 512;
const VERSION: u8 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cursor<T> {
    v: u8,
    after: T,
}

/// The rows of a page.
///
/// # Errors
/// [`Error::Invalid`] beyond 1 to 200.
pub fn limit(asked: Option<u32>) -> Result<u32> {
    match asked {
        None => Ok(LIMIT_DEFAULT),
        Some(0) => Err(one_fault("minimum", 1)),
        Some(limit) if limit > LIMIT_MAX => Err(one_fault("maximum", LIMIT_MAX)),
        Some(limit) => Ok(limit),
    }
}

fn one_fault(code: &str, bound: u32) -> Error {
    Error::Invalid(vec![crate::kernel::Fault::new("/limit", code).with("limit", bound)])
}

/// The cursor that goes on after this row.
///
/// # Errors
/// Where the key of the row cannot be written as JSON.
pub fn encode<T: Serialize>(after: &T) -> Result<String> {
    Ok(BASE64.encode(serde_json::to_vec(&Cursor { v: VERSION, after })?))
}

/// The row after which to go on.
///
/// # Errors
/// [`Error::Invalid`] where it is none of our cursors.
pub fn decode<T: DeserializeOwned>(cursor: Option<&str>) -> Result<Option<T>> {
    let Some(text) = cursor else { return Ok(None) };
    let read = || {
        let bytes = (text.len() <= CURSOR_MAX).then(|| BASE64.decode(text).ok())??;
        serde_json::from_slice::<Cursor<T>>(&bytes).ok().filter(|cursor| cursor.v == VERSION)
    };
    read().map(|cursor| Some(cursor.after)).ok_or_else(|| Error::invalid("/cursor", "cursor"))
}

/// The `Link` to the next page: this request with another cursor.
#[must_use]
pub fn next_link(request: &HttpRequest, cursor: &str) -> Option<(HeaderName, HeaderValue)> {
    let kept = request.query_string().split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    let mut query: String = kept.flat_map(|pair| [pair, "&"]).collect();
    query.extend(["cursor=", cursor]);
    // What would end the address early is not repeated: a client has sent such only in a broken address.
    let query = query.replace(['<', '>'], "");
    HeaderValue::from_str(&format!("<{}?{query}>; rel=\"next\"", request.path())).ok().map(|value| (LINK, value))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_went() {
        let after = ("2026-11-23T00:00:00Z".to_owned(), 7_u32);
        let cursor = encode(&after).expect("a cursor");
        assert_eq!(decode::<(String, u32)>(Some(&cursor)).expect("read"), Some(after));
        assert_eq!(decode::<u32>(None).expect("none"), None);
        let later = BASE64.encode(r#"{"v": 2, "after": 7}"#);
        for bad in ["", "!", "e30", &cursor, &later, &"a".repeat(513)] {
            assert!(matches!(decode::<u32>(Some(bad)), Err(Error::Invalid(_))), "{bad}");
        }
    }

    #[test]
    fn a_page_is_bounded() {
        assert_eq!(limit(None).expect("a limit"), 50);
        assert_eq!(limit(Some(200)).expect("a limit"), 200);
        assert!(limit(Some(0)).is_err() && limit(Some(201)).is_err());
    }

    #[test]
    fn the_next_page_keeps_the_filters() {
        let link = |uri: &str| {
            let request = TestRequest::get().uri(uri).to_http_request();
            next_link(&request, "abc").expect("a link").1.to_str().expect("text").to_owned()
        };
        assert_eq!(link("/v1/tasks"), "</v1/tasks?cursor=abc>; rel=\"next\"");
        assert_eq!(link("/v1/tasks?limit=2&cursor=x&role=a"), "</v1/tasks?limit=2&role=a&cursor=abc>; rel=\"next\"");
    }
}
