//! `crane-manager`: the program.

fn main() -> anyhow::Result<std::process::ExitCode> {
    if std::env::args().nth(1).as_deref() == Some("openapi") {
        use std::io::Write as _;
        std::io::stdout().write_all(crane_manager::http::openapi::text()?.as_bytes())?;
    }
    Ok(std::process::ExitCode::SUCCESS)
}
