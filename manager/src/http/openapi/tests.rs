use super::*;
use std::collections::BTreeSet;

fn committed() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json")
}

#[test]
fn the_committed_document_is_this_one() {
    let committed = std::fs::read_to_string(committed()).unwrap();
    assert!(
        committed == text().unwrap(),
        "docs/openapi.json is stale: run `crane-manager openapi > docs/openapi.json`"
    );
}

#[test]
fn the_table_and_the_document_have_the_same_paths() {
    let document = document();
    let in_document: BTreeSet<(String, &str)> = document
        .paths
        .paths
        .iter()
        .flat_map(|(path, item)| methods(item).into_iter().map(|method| (path.clone(), method)))
        .collect();
    let in_table: BTreeSet<(String, &str)> = documented()
        .map(|route| (route.path.to_owned(), route.method))
        .collect();
    assert_eq!(in_document, in_table);
}

#[test]
fn every_reference_leads_somewhere() {
    let text = text().unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut count = 0;
    for part in text.split("\"#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name} is mentioned but not there");
        count += 1;
    }
    assert!(count > 50, "only {count} references");
}

#[test]
fn guarded_routes_say_so_and_open_ones_do_not() {
    let document: serde_json::Value = serde_json::from_str(&text().unwrap()).unwrap();
    for route in documented() {
        let operation = &document["paths"][route.path][route.method.to_lowercase()];
        assert_eq!(
            operation["security"].is_array(),
            route.who != Who::Open,
            "{}",
            route.path
        );
        assert_eq!(
            operation["responses"]["401"].is_object(),
            route.who != Who::Open,
            "{}",
            route.path
        );
    }
}

#[test]
fn answers_carry_every_field() {
    let document: serde_json::Value = serde_json::from_str(&text().unwrap()).unwrap();
    let node = &document["components"]["schemas"]["Node"];
    assert!(node["required"].as_array().unwrap().contains(&"last_seen".into()));
    let wish = &document["components"]["schemas"]["ApiTokenWish"];
    assert!(!wish["required"].as_array().unwrap().contains(&"days".into()));
}
