//! Guichet: the back end on which a public administration delivers its services. See `docs/architecture.md`.

pub mod catalogue;
pub mod engine;
pub mod kernel;
