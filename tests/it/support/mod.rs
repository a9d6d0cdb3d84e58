//! What the tests stand on: a real PostgreSQL, a real server over real HTTP, and people of the demo country. Every test
//! has a database of its own, cloned from a template; business time stands still until a test moves it.

mod app;
mod cluster;

pub mod boundary;
pub mod definitions;
pub mod founding;
pub mod gateway;
pub mod licence;
pub mod mutation;
pub mod posts;
pub mod process;
pub mod residence;
pub mod smtp;

pub use app::{Answer, Client, MONDAY, TestApp, at, services, settings};
pub use cluster::{apart, bare_database_url, database, database_url, empty_database_url};
