//! The conventions of the API, resource by resource, over real HTTP.

mod bad_input;
mod cases;
mod catalogue;
mod certificates;
mod development;
mod documents;
mod ex_officio;
mod idempotency;
mod messages;
mod operation;
mod operations;
mod oversight;
mod problems;
mod suspensions;
mod tasks;
