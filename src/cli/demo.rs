//! placeholder while being written
use crate::kernel::settings::Settings;
pub async fn run(_: &Settings) -> std::process::ExitCode { std::process::ExitCode::FAILURE }
