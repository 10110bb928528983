//! What PostgreSQL, or its administrator, does not allow: said with the way out, and nothing changed.

use std::path::Path;

use refund_sync::store::{Postgres, StoreError};
use secrecy::SecretString;

use super::cluster::{Cluster, Database, PASSWORD};
use crate::returns::many;
use crate::scene::{Done, Scene};

async fn refusal(url: &SecretString) -> StoreError {
    Postgres::work(url, &[1], "a worker").await.unwrap_err()
}

#[tokio::test]
async fn a_schema_from_the_future_is_refused_and_left_alone() {
    let Some(database) = Database::make().await else { return };
    Postgres::work(&database.url(), &[1], "a worker").await.unwrap();
    database.execute("INSERT INTO refund_sync.migration (number) VALUES (9)").await;
    for refused in [
        refusal(&database.url()).await,
        Postgres::read(&database.url(), "a reader").await.unwrap_err(),
        Postgres::ask(&database.url(), "a reader").await.unwrap_err(),
        Postgres::open_copy(&database.url(), "a reader").await.unwrap_err(),
    ] {
        assert!(matches!(refused, StoreError::Newer { found: 9, known: 8, .. }), "{refused}");
    }
    assert_eq!(database.number("SELECT count(*) FROM refund_sync.migration").await, 9);
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
async fn a_link_that_others_could_read_is_taken_only_where_it_is_asked_for() {
    let Some(database) = Database::make().await else { return };
    let Cluster { port, .. } = *database.cluster;
    // 0.0.0.0 is this machine as well, but nothing here knows that.
    for (host, options) in
        [("0.0.0.0", ""), ("0.0.0.0", "?sslmode=prefer"), ("127.0.0.1", "?sslmode=require")]
    {
        let url = format!("postgres://postgres:{PASSWORD}@{host}:{port}/{}{options}", database.name);
        let refused = refusal(&url.into()).await;
        assert!(refused.to_string().contains("TLS"), "{refused}");
        assert!(!format!("{refused:?}").contains(PASSWORD), "{refused:?}");
    }
    let url = format!("postgres://postgres:{PASSWORD}@0.0.0.0:{port}/{}?sslmode=disable", database.name);
    Postgres::work(&url.into(), &[1], "a test").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_proves_its_name_by_a_certificate_that_this_machine_trusts() {
    let Some(cluster) = Cluster::start() else { return };
    let cluster: &'static Cluster = Box::leak(Box::new(cluster));
    let trusted = cluster.certify("localhost").await;
    let database = cluster.database().await;
    let scene = Scene::with(many(1)).await;
    let status = |host: &str, trusted: &Path| {
        let url = format!(
            "postgres://postgres:{PASSWORD}@{host}:{}/{}?sslmode=require",
            cluster.port, database.name
        );
        let mut command = scene.command(&["run"]);
        command.env("REFUND_SYNC__STORE__URL", url).env("SSL_CERT_FILE", trusted);
        Done::of(command)
    };
    status("localhost", &trusted).exits(0);
    assert_eq!(scene.books.bills().len(), 1);
    status("127.0.0.1", &trusted).exits(1).complains(&["cannot reach the journal", "certificate"]);
    status("localhost", Path::new("/etc/hostname"))
        .exits(1)
        .complains(&["cannot reach the journal", "certificate"]);
}

#[tokio::test]
async fn an_address_that_makes_no_sense_is_refused_without_being_shown() {
    for url in [
        "postgres://u:secret@/journal",
        "postgres://u:secret@127.0.0.1/journal?sslrootcert=ca.pem",
        "postgres:///journal",
    ] {
        let refused = refusal(&url.to_owned().into()).await;
        assert!(matches!(refused, StoreError::Unsupported(_)), "{url}: {refused}");
        assert!(!refused.to_string().contains("secret"), "{refused}");
    }
}

#[tokio::test]
async fn a_password_that_looks_like_a_path_is_not_shown_either() {
    for url in ["postgres://u:pa/ss@db.invalid/journal", "postgres://u:p?ss@db.invalid/journal"] {
        let refused = refusal(&url.to_owned().into()).await;
        assert!(!format!("{refused:?}").contains("ss@"), "{refused:?}");
    }
}

#[tokio::test]
async fn a_database_that_can_only_be_read_is_named_with_the_way_out() {
    let Some(database) = Database::make().await else { return };
    Postgres::work(&database.url(), &[1], "a worker").await.unwrap();
    database
        .execute(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", database.name))
        .await;
    for refused in [refusal(&database.url()).await, write_somewhere(&database.url()).await] {
        assert!(matches!(refused, StoreError::OnlyToRead { .. }), "{refused}");
        let told = refused.to_string();
        assert!(told.contains("primary server") && told.contains("default_transaction_read_only"), "{told}");
    }
    assert!(Postgres::read(&database.url(), "a reader").await.unwrap().is_some(), "it can still be read");
}

/// What leaving a request fails with.
async fn write_somewhere(url: &SecretString) -> StoreError {
    let asking = match Postgres::ask(url, "a person").await {
        Ok(asking) => asking,
        Err(error) => return error,
    };
    refund_sync::store::Store::pipeline(&asking, "main").await.unwrap_err()
}

#[tokio::test]
async fn a_standby_is_named_whether_it_has_a_journal_or_not() {
    let Some(cluster) = Cluster::start() else { return };
    let cluster: &'static Cluster = Box::leak(Box::new(cluster));
    let (empty, with_journal) = (cluster.database().await, cluster.database().await);
    drop(Postgres::work(&with_journal.url(), &[1], "a worker").await.unwrap());
    let standby = cluster.standby().await;
    for database in [&empty, &with_journal] {
        let url = cluster.url_of(&standby, &database.name).into();
        let refused = refusal(&url).await;
        assert!(matches!(refused, StoreError::OnlyToRead { .. }), "{refused}");
        assert!(refused.to_string().contains("primary server"), "{refused}");
    }
    drop(standby);
    cluster.stop();
}

#[tokio::test]
async fn the_doctor_names_a_database_that_can_only_be_read_and_a_pooler() {
    let Some(database) = Database::make().await else { return };
    let scene = Scene::with([]).await;
    super::workers::on(&database, &scene);
    let pooled = super::pooler::in_transaction_mode(&database).await;
    let mut doctor = scene.command(&["doctor", "--offline"]);
    doctor.env("REFUND_SYNC__STORE__URL", secrecy::ExposeSecret::expose_secret(&pooled));
    // In a thread of its own: the pooler is in this one.
    let done = tokio::task::spawn_blocking(move || Done::of(doctor)).await.unwrap();
    done.exits(1).says(&["pool_mode = session"]);
    let read_only = format!("ALTER DATABASE {} SET default_transaction_read_only = on", database.name);
    database.execute(&read_only).await;
    scene
        .run(&["doctor", "--offline"])
        .exits(1)
        .says(&["default_transaction_read_only is on", "primary server"]);
}
