//! Which version of a resource the caller knows: entity tags, `If-Match`, `If-None-Match`.

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpRequest};

use super::extract::one;
use super::problem::Problem;
use crate::kernel::{Error, Result};

/// Versions named in one `If-Match` or `If-None-Match`, at most.
const TAGS_MAX: usize = 16;

/// The entity tag of a resource at this state, shown in this way: to another caller or in another language it is
/// another, of the same state.
#[must_use]
pub fn etag(seq: u32, variant: &str) -> String {
    if variant.is_empty() { format!("\"{seq}\"") } else { format!("\"{seq}-{variant}\"") }
}

/// What `If-Match` says: which state of the resource the caller knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatch {
    Absent,
    /// `*`: whatever it is.
    Any,
    /// States, by number; a tag that is none of ours matches nothing.
    States(Vec<u32>),
}

impl IfMatch {
    /// The state that the caller must know and does; none where it takes whatever there is.
    ///
    /// # Errors
    /// [`Error::PreconditionRequired`] where it does not say; [`Error::Stale`] where it knows none that there could be.
    pub fn known(self) -> Result<Option<u32>> {
        match self {
            Self::Absent => Err(Error::PreconditionRequired("If-Match")),
            Self::Any => Ok(None),
            // States only grow: of several that the caller knows, the last alone can be the present one.
            Self::States(known) => known.into_iter().max().map(Some).ok_or(Error::Stale),
        }
    }

    fn parse(headers: &HeaderMap) -> Result<Self> {
        let Some(text) = one(headers, "if-match")? else { return Ok(Self::Absent) };
        if text == "*" {
            return Ok(Self::Any);
        }
        // A weak tag does not match here (RFC 9110, 13.1.1).
        let tags = text.split(',').take(TAGS_MAX).map(|tag| tag.trim().strip_prefix('"')?.strip_suffix('"'));
        Ok(Self::States(tags.flatten().filter_map(|tag| tag.split('-').next()?.parse().ok()).collect()))
    }
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Self::parse(request.headers()).map_err(Problem))
    }
}

/// Whether the caller has this state already: then the answer is 304.
#[must_use]
pub fn if_none_match(request: &HttpRequest, etag: &str) -> bool {
    let Some(text) = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let weak = |tag: &str| tag.trim().trim_start_matches("W/") == etag;
    text.trim() == "*" || text.split(',').take(TAGS_MAX).any(weak)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let mut request = TestRequest::get();
        for pair in pairs {
            request = request.append_header(*pair);
        }
        request.to_http_request().headers().clone()
    }

    #[test]
    fn the_caller_says_which_state_it_knows() {
        let parse = |text: &str| IfMatch::parse(&headers(&[("if-match", text)])).expect("read");
        assert_eq!(IfMatch::parse(&headers(&[])).expect("read"), IfMatch::Absent);
        assert_eq!(parse("*"), IfMatch::Any);
        assert_eq!(parse("\"7\""), IfMatch::States(vec![7]));
        assert_eq!(parse("\"7-bn\", \"8\""), IfMatch::States(vec![7, 8]));
        assert_eq!(parse("W/\"7\", 7, \"x\""), IfMatch::States(vec![]));
        assert!(matches!(parse("W/\"7\"").known(), Err(Error::Stale)));
        assert_eq!(parse(&etag(7, "bn")).known().expect("known"), Some(7));
        assert_eq!(parse("\"7\", \"9\", \"8\"").known().expect("known"), Some(9));
        assert_eq!(IfMatch::Any.known().expect("known"), None);
        assert!(matches!(IfMatch::Absent.known(), Err(Error::PreconditionRequired("If-Match"))));
    }

    #[test]
    fn what_the_caller_has_is_not_sent_again() {
        let has = |text: &str| {
            if_none_match(&TestRequest::get().insert_header(("if-none-match", text)).to_http_request(), "\"7-bn\"")
        };
        assert!(has("\"7-bn\"") && has("W/\"7-bn\"") && has("\"6\", \"7-bn\"") && has("*"));
        assert!(!has("\"7\"") && !has("7-bn"));
        assert!(!if_none_match(&TestRequest::get().to_http_request(), "\"7\""));
    }
}
