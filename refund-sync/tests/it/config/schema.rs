//! The JSON Schema of the configuration: it is the one that editors are given, it refuses nothing that `check` accepts,
//! and it sees what a schema can see of the faults of the catalogue.

use std::fs;

use jsonschema::Validator;
use refund_sync::config::{schema, template};
use serde_json::Value;

use super::fixture;

/// What is wrong in these only a program can see: other files, the environment, several keys together, arithmetic.
const UNSEEN: &[&str] = &[
    "a_missing_section",
    "a_secret_of_a_missing_file",
    "a_secret_of_an_empty_variable",
    "a_secret_of_an_unset_variable",
    "acct_id_and_username_missing",
    "alert_of_a_pipeline_that_is_not_there",
    "alert_with_no_url",
    "alert_without_kind_and_url",
    "app_id_missing",
    "app_key_missing",
    "auth_password_without_a_password",
    "bill_no_prefix_with_a_quote",
    "ca_file_missing",
    "ca_file_without_a_certificate",
    "fields_by_table",
    "fields_by_template",
    "fields_of_no_name",
    "fields_that_are_ours",
    "freeze_of_every_month_that_is_misspelt",
    "freeze_that_ends_before_it_begins",
    "kingdee_base_url_copied_from_the_browser",
    "kingdee_base_url_missing",
    "kingdee_base_url_with_a_password",
    "kingdee_base_url_without_a_path",
    "kingdee_web_url_with_another_place",
    "lot_from_without_stockins",
    "name_with_a_slash",
    "no_pipeline",
    "process_status_partial_without_update",
    "proxy_of_an_unset_variable",
    "proxy_of_another_kind",
    "proxy_with_a_path",
    "schedule_of_six_fields",
    "schedule_out_of_range",
    "schedule_that_never_fires",
    "serials_from_no_key",
    "server_open_without_a_token",
    "server_without_a_port",
    "shelf_life_without_lots",
    "sid_missing",
    "sid_with_blanks",
    "start_from_no_day",
    "start_from_with_an_offset",
    "store_in_memory",
    "store_url_of_another_database",
    "table_file_missing",
    "table_inline_bad_validity",
    "table_inline_empty_to",
    "table_keys_for_anything",
    "tables_missing",
    "tax_rate_missing",
    "two_pipelines_of_one_name",
    "two_pipelines_that_differ_by_their_prefix",
    "two_pipelines_that_double",
    "two_pipelines_that_share_variables",
    "wdt_base_url_ftp",
    "wdt_base_url_with_a_query",
    "wdt_base_url_without_scheme",
    "wdt_secret_missing",
    "windows_path_that_is_a_tab",
    "write_hours_of_no_length",
    "write_hours_out_of_the_day",
];

fn validator() -> Validator {
    jsonschema::validator_for(&schema()).unwrap()
}

/// A file as editors see it; `None` where it is no TOML.
fn json(text: &str) -> Option<Value> {
    fn plain(value: toml::Value) -> Value {
        match value {
            toml::Value::String(text) => text.into(),
            toml::Value::Integer(number) => number.into(),
            toml::Value::Float(number) => number.into(),
            toml::Value::Boolean(boolean) => boolean.into(),
            toml::Value::Datetime(time) => time.to_string().into(),
            toml::Value::Array(items) => items.into_iter().map(plain).collect(),
            toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, plain(value))).collect(),
        }
    }
    Some(plain(toml::Value::Table(text.parse().ok()?)))
}

fn accepts(validator: &Validator, text: &str) -> bool {
    validator.is_valid(&json(text).unwrap())
}

/// Every object of a schema that lists its keys, with its place.
fn sections<'a>(schema: &'a Value, place: String, found: &mut Vec<(String, &'a Value)>) {
    if let Some(properties) = schema["properties"].as_object() {
        for (key, inner) in properties {
            sections(inner, format!("{place}.{key}"), found);
        }
        found.push((place, &schema["properties"]));
    } else if schema["items"].is_object() {
        sections(&schema["items"], place, found);
    }
}

#[test]
fn the_file_for_editors_is_in_step() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/refund-sync.schema.json");
    let kept: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(kept, schema(), "write it anew: cargo xtask codegen");
}

#[test]
fn every_key_is_explained_by_the_template() {
    let schema = schema();
    let mut found = Vec::new();
    sections(&schema, String::new(), &mut found);
    let keys = found.iter().flat_map(|(place, keys)| {
        keys.as_object().unwrap().iter().map(move |(key, schema)| (place, key, schema))
    });
    // What explains itself by its values and its default.
    let mut silent: Vec<String> = keys
        .filter(|(_, _, schema)| schema["description"].is_null() && schema["default"].is_null())
        .map(|(place, key, _)| format!("{place}.{key}"))
        .collect();
    silent.retain(|key| ![".pipeline", ".alert", ".store.url"].contains(&key.as_str()));
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn what_is_accepted_by_check_is_accepted_by_the_schema() {
    let validator = validator();
    for name in ["good/minimal.toml", "good/full.toml"] {
        let text = fs::read_to_string(fixture(name)).unwrap();
        let errors: Vec<_> =
            validator.iter_errors(&json(&text).unwrap()).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
    assert!(accepts(&validator, template()));
    let uncommented: String = template()
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(key)
                if key.starts_with('[')
                    || key.split_once(" = ").is_some_and(|(key, _)| !key.contains(' ')) =>
            {
                key
            }
            _ => line,
        })
        .flat_map(|line| [line, "\n"])
        .collect();
    assert!(accepts(&validator, &uncommented));
    // What may be written otherwise than the samples do.
    for other in [
        "[store]\nurl = { env = \"STORE\" }",
        "[[pipeline]]\nstart_from = 2026-11-01",
        "[[pipeline]]\n[pipeline.mapping]\ntax_rate = 13\nopen_from = { \"100\" = \"2026/11/1\" }",
        "[[pipeline]]\n[pipeline.mapping]\ncustomers = { inline = { S1 = { to = 1, valid_to = \"2026-01-01\", note = \"\" } } }",
        "[[pipeline]]\n[pipeline.kingdee]\norg_num = 101.2\napp_id = { file = \"id\" }",
        "",
    ] {
        assert!(accepts(&validator, other), "{other}");
    }
}

#[test]
fn an_unknown_key_is_refused_in_every_section() {
    let validator = validator();
    for place in [
        "[strange]",
        "[store]\nstrange = 1",
        "[server]\nstrange = 1",
        "[[pipeline]]\nstrange = 1",
        "[[pipeline]]\n[pipeline.wdt]\nstrange = 1",
        "[[pipeline]]\n[pipeline.kingdee]\nstrange = 1",
        "[[pipeline]]\n[pipeline.mapping]\nstrange = 1",
        "[[alert]]\nstrange = 1",
        "[[pipeline]]\n[pipeline.wdt]\napp_secret = { strange = \"x\" }",
        "[[pipeline]]\n[pipeline.mapping]\ncustomers = { strange = \"x\" }",
    ] {
        assert!(!accepts(&validator, place), "{place}");
    }
}

#[test]
fn a_boolean_is_refused_at_every_key() {
    let schema = schema();
    let mut found = Vec::new();
    sections(&schema, String::new(), &mut found);
    let mut keys = 0;
    for (place, properties) in found {
        for (key, inner) in properties.as_object().unwrap() {
            let mut inner = inner.clone();
            inner["definitions"] = schema["definitions"].clone();
            assert!(!jsonschema::is_valid(&inner, &Value::Bool(true)), "{place}.{key}");
            keys += 1;
        }
    }
    assert!(keys > 70, "{keys} keys");
}

#[test]
fn of_the_catalogue_only_what_no_schema_can_see_goes_by() {
    let validator = validator();
    let mut unseen: Vec<String> = fs::read_dir(fixture("bad"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| json(&fs::read_to_string(path).unwrap()).is_some_and(|file| validator.is_valid(&file)))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    unseen.retain(|name| !UNSEEN.contains(&name.as_str()));
    assert!(unseen.is_empty(), "{unseen:?}");
}
