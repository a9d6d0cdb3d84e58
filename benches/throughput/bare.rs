//! The least that a handler can do: the same bytes for every request, or 304 where the client has them.

use std::path::Path;

use actix_web::http::header;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

/// Serves a file's bytes at every path of the address, until it is killed.
pub fn serve(address: &str, file: &Path) {
    let bytes = web::Bytes::from(std::fs::read(file).expect("the file"));
    let handler = move |request: HttpRequest| {
        let bytes = bytes.clone();
        async move {
            if request.headers().get(header::IF_NONE_MATCH).is_some_and(|tag| tag == "\"same\"") {
                return HttpResponse::NotModified().insert_header((header::ETAG, "\"same\"")).finish();
            }
            HttpResponse::Ok().insert_header((header::ETAG, "\"same\"")).content_type("application/json").body(bytes)
        }
    };
    let server = HttpServer::new(move || App::new().default_service(web::to(handler.clone())));
    let server = server.workers(2).bind(address).expect("the address is free").run();
    actix_web::rt::System::new().block_on(server).expect("it serves");
}
