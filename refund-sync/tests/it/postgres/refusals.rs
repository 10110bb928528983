//! What PostgreSQL, or its administrator, does not allow: said with the way out, and nothing changed.

use refund_sync::store::{Postgres, StoreError};
use secrecy::SecretString;

use super::cluster::{Database, PASSWORD};

async fn refusal(url: &SecretString) -> StoreError {
    Postgres::work(url, &[1], "a worker").await.unwrap_err()
}

#[tokio::test]
async fn a_schema_from_the_future_is_refused_and_left_alone() {
    let Some(database) = Database::make().await else { return };
    Postgres::work(&database.url(), &[1], "a worker").await.unwrap();
    database.execute("INSERT INTO refund_sync.migration (number) VALUES (7)").await;
    for refused in [
        refusal(&database.url()).await,
        Postgres::read(&database.url(), "a reader").await.unwrap_err(),
        Postgres::ask(&database.url(), "a reader").await.unwrap_err(),
        Postgres::rehearse(&database.url(), "a reader").await.unwrap_err(),
    ] {
        assert!(matches!(refused, StoreError::Newer { found: 7, known: 1, .. }), "{refused}");
    }
    assert_eq!(database.number("SELECT count(*) FROM refund_sync.migration").await, 2);
}

#[tokio::test]
async fn a_wrong_password_is_named_and_never_shown() {
    let Some(database) = Database::make().await else { return };
    let refused = refusal(&database.url_as("postgres", "wrong-secret")).await;
    assert!(matches!(refused, StoreError::Refused { .. }), "{refused}");
    assert!(!format!("{refused} {refused:?}").contains("wrong-secret"));
    Postgres::work(&database.url_as("postgres", PASSWORD), &[1], "a worker").await.unwrap();
}

#[tokio::test]
async fn a_user_without_rights_is_told_which_one_is_missing() {
    let Some(database) = Database::make().await else { return };
    let user = format!("user_of_{}", database.name);
    database.execute(&format!("CREATE ROLE {user} LOGIN PASSWORD 'weak'")).await;
    let url = database.url_as(&user, "weak");
    let refused = refusal(&url).await;
    assert!(matches!(refused, StoreError::NoRights { .. }), "{refused}");
    assert!(refused.to_string().contains("CREATE SCHEMA refund_sync AUTHORIZATION"), "{refused}");

    database.execute(&format!("CREATE SCHEMA refund_sync AUTHORIZATION {user}")).await;
    drop(Postgres::work(&url, &[1], "a worker").await.unwrap());

    let reader = format!("reader_of_{}", database.name);
    database.execute(&format!("CREATE ROLE {reader} LOGIN PASSWORD 'weak'")).await;
    let refused = refusal(&database.url_as(&reader, "weak")).await;
    assert!(matches!(refused, StoreError::NoRights { .. }), "{refused}");
}

#[tokio::test]
async fn a_database_that_does_not_exist_is_said_to() {
    let Some(database) = Database::make().await else { return };
    let refused = refusal(&database.cluster.url("nowhere").into()).await;
    assert!(matches!(refused, StoreError::NoDatabase { .. }), "{refused}");
}

#[tokio::test]
async fn a_server_that_does_not_run_is_said_to() {
    let refused = refusal(&"postgres://postgres@127.0.0.1:1/journal".to_owned().into()).await;
    assert!(matches!(refused, StoreError::Unreachable { .. }), "{refused}");
    assert!(refused.to_string().contains("127.0.0.1:1"), "{refused}");
}

#[tokio::test]
async fn a_database_that_cannot_hold_every_character_is_refused() {
    let Some(database) = Database::make().await else { return };
    let name = format!("latin_{}", database.name);
    database
        .execute(&format!("CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"))
        .await;
    let refused = refusal(&database.cluster.url(&name).into()).await;
    assert!(refused.to_string().contains("LATIN1"), "{refused}");
}

#[tokio::test]
async fn a_link_that_others_could_read_is_refused_unless_asked_for() {
    for readable in [
        "postgres://u:secret@db.example.com/journal",
        "postgres://u:secret@db.example.com/journal?sslmode=require",
        "postgres://u:secret@127.0.0.1/journal?sslmode=require",
    ] {
        let refused = refusal(&readable.to_owned().into()).await;
        assert!(refused.to_string().contains("TLS"), "{refused}");
        assert!(!format!("{refused:?}").contains("secret"), "{refused:?}");
    }
}

#[tokio::test]
async fn an_address_that_makes_no_sense_is_refused_without_being_shown() {
    for url in [
        "postgres://u:pa/ss@host/journal",
        "postgres://u:1/ss@host/journal",
        "postgres://u:p?ss@host/journal",
        "postgres://u:secret@127.0.0.1/journal?sslrootcert=ca.pem",
        "postgres:///journal",
    ] {
        let refused = refusal(&url.to_owned().into()).await;
        assert!(matches!(refused, StoreError::Unsupported(_)), "{url}: {refused}");
        assert!(!refused.to_string().contains("ss@"), "{refused}");
    }
}
