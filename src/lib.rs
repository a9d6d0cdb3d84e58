//! Guichet: the back end on which a public administration delivers its services. See `docs/architecture.md`.

#![warn(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::todo, clippy::dbg_macro)]

pub mod access;
pub mod api;
pub mod audit;
pub mod cases;
pub mod catalogue;
pub mod cli;
pub mod engine;
pub mod files;
pub mod jobs;
pub mod kernel;
pub mod notify;
pub mod payments;
pub mod people;
pub mod postgres;
pub mod queue;
pub mod registers;
