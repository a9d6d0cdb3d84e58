//! One binary: everything that needs the whole. `support` is what it stands on.

mod api;
mod architecture;
mod audit;
mod authz_matrix;
mod configuration;
mod docs;
mod engine;
mod generated;
mod journeys;
mod launcher;
mod limits;
mod mail;
mod migrations;
mod object_store;
mod openapi;
mod payments;
mod queue;
mod readme;
mod replicas;
mod rules;
mod storage;
mod support;
mod traces;
