//! Which methods a path has, after the OpenAPI document: each operation is a route of its own, so the router alone
//! cannot tell a wrong method from a wrong path.

use utoipa::openapi::OpenApi;
use utoipa::openapi::path::PathItem;

/// The paths of the document with their methods.
#[derive(Debug, Clone, Default)]
pub struct Routes {
    routes: Vec<Route>,
}

#[derive(Debug, Clone)]
struct Route {
    pattern: String,
    segments: Vec<Segment>,
    methods: Vec<&'static str>,
}

impl Route {
    fn fits(&self, parts: &[&str]) -> bool {
        self.segments.len() == parts.len() && self.segments.iter().zip(parts).all(|(s, p)| s.fits(p))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Is(String),
    /// A segment with a place for a value, and what stands around it.
    Any {
        before: String,
        after: String,
    },
}

impl Segment {
    fn new(text: &str) -> Self {
        match text.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?.1))) {
            Some((before, after)) => Self::Any { before: before.to_owned(), after: after.to_owned() },
            None => Self::Is(text.to_owned()),
        }
    }

    fn fits(&self, text: &str) -> bool {
        match self {
            Self::Is(same) => same == text,
            Self::Any { before, after } => {
                text.len() > before.len() + after.len()
                    && text.starts_with(before.as_str())
                    && text.ends_with(after.as_str())
            }
        }
    }
}

impl Routes {
    #[must_use]
    pub fn new(document: &OpenApi) -> Self {
        let route = |(path, item): (&String, &PathItem)| Route {
            pattern: path.clone(),
            segments: path.split('/').map(Segment::new).collect(),
            methods: methods(item),
        };
        Self { routes: document.paths.paths.iter().map(route).collect() }
    }

    /// The pattern of the path, which holds no id; none where there is no such path.
    #[must_use]
    pub fn pattern(&self, path: &str) -> Option<&str> {
        let parts: Vec<&str> = path.split('/').collect();
        self.routes.iter().find(|route| route.fits(&parts)).map(|route| route.pattern.as_str())
    }

    /// The methods of the path for `Allow`; none where there is no such path.
    #[must_use]
    pub fn allowed(&self, path: &str) -> Option<String> {
        let parts: Vec<&str> = path.split('/').collect();
        let mut methods: Vec<_> =
            self.routes.iter().filter(|route| route.fits(&parts)).flat_map(|route| &route.methods).collect();
        methods.sort_unstable();
        methods.dedup();
        (!methods.is_empty()).then(|| methods.iter().map(|m| **m).collect::<Vec<_>>().join(", "))
    }
}

fn methods(item: &PathItem) -> Vec<&'static str> {
    let has = [
        ("GET", item.get.is_some()),
        ("PUT", item.put.is_some()),
        ("POST", item.post.is_some()),
        ("DELETE", item.delete.is_some()),
        ("PATCH", item.patch.is_some()),
        ("HEAD", item.head.is_some()),
        ("OPTIONS", item.options.is_some()),
    ];
    has.into_iter().filter(|(_, there)| *there).map(|(method, _)| method).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_the_methods_of_the_document() {
        let operation = serde_json::json!({"responses": {}});
        let document = serde_json::json!({
            "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
            "paths": {
                "/v1/cases": {"get": operation, "post": operation},
                "/v1/cases/{id}": {"get": operation},
                "/v1/certificates/{code}.html": {"get": operation},
            }
        });
        let routes = Routes::new(&serde_json::from_value(document).expect("a document"));
        assert_eq!(routes.allowed("/v1/cases").as_deref(), Some("GET, POST"));
        assert_eq!(routes.allowed("/v1/cases/7").as_deref(), Some("GET"));
        assert_eq!(routes.allowed("/v1/certificates/ab.html").as_deref(), Some("GET"));
        assert_eq!(routes.pattern("/v1/cases/7"), Some("/v1/cases/{id}"));
        assert_eq!(routes.pattern("/v1/cases/7/x"), None);
        for nowhere in ["/", "", "/v1", "/v1/cases/", "/v1/cases/7/x", "/v1/certificates/.html"] {
            assert_eq!(routes.allowed(nowhere), None, "{nowhere}");
        }
    }
}
