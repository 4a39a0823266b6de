//! What a tool has made from the code is as new as the code.

use crate::sources::{read, root};
use crane_tests::Binaries;
use std::process::Command;

#[test]
fn the_openapi_document_is_fresh() {
    let manager = Binaries::beside_this_program().unwrap().join("crane-manager");
    let said = Command::new(&manager)
        .arg("openapi")
        .output()
        .unwrap_or_else(|why| panic!("build the manager first (`make build`): {}: {why}", manager.display()));
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let written = read(&root().join("docs/openapi.json"));
    assert!(
        written.trim() == String::from_utf8(said.stdout).unwrap().trim(),
        "docs/openapi.json is old: crane-manager openapi > docs/openapi.json"
    );
}

#[test]
fn the_dashboards_types_are_fresh() {
    let web = root().join("web");
    let tool = web.join("node_modules/.bin/openapi-typescript");
    let said = Command::new(&tool)
        .arg(root().join("docs/openapi.json"))
        .current_dir(&web)
        .output()
        .unwrap_or_else(|why| panic!("install the dashboard's packages first (`npm --prefix web ci`): {why}"));
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let made = String::from_utf8(said.stdout).unwrap();
    assert!(
        read(&web.join("src/api/schema.d.ts")).trim() == made.trim(),
        "web/src/api/schema.d.ts is old: npm --prefix web run api"
    );
}
