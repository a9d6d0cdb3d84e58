//! The one binary.

use std::process::ExitCode;

use clap::Parser;
use guichet::cli;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    cli::run(cli::args::Args::parse().command()).await
}
