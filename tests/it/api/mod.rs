//! The conventions of the API, resource by resource, over real HTTP.

mod cases;
mod certificates;
mod development;
mod documents;
mod idempotency;
mod messages;
mod operation;
mod tasks;
