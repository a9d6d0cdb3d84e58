//! One binary: everything that needs the whole. `support` is what it stands on.

mod architecture;
mod audit;
mod docs;
mod engine;
mod launcher;
mod openapi;
mod payments;
mod queue;
mod support;
