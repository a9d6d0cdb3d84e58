//! What befalls a server in the world: it is killed, its database goes away, comes back or is taken over, mail does not
//! get through, many come at once, the disk is full. Everything here is a process as an operator runs it: the program
//! itself, PostgreSQL with fsync on, a mail server. `make soak` kills for longer than a test run has time for.

mod book;
mod buyer;
mod checker;
mod client;
mod clock;
mod contention;
mod database;
mod disk;
mod drain;
mod failover;
mod half;
mod kills;
mod letters;
mod mail;
mod references;
mod server;
mod till;
mod together;
mod world;
