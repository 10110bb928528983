//! 金蝶 behind TLS, as private sites have it: certificates made by openssl, a server that shows them, and what `ca_file`
//! makes of them. Verification is never off.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::returns::plain;
use crate::scene::{Done, Scene};

/// What `openssl req -x509` writes of a certificate's extensions.
const SAN: &str = "subjectAltName=DNS:localhost";
const NO_AUTHORITY: &str = "basicConstraints=critical,CA:FALSE";

/// Runs openssl in a folder.
#[track_caller]
fn openssl(folder: &Path, args: &[&str]) {
    let done = Command::new("openssl").current_dir(folder).args(args).output().unwrap();
    assert!(done.status.success(), "openssl {args:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// A self-signed certificate `NAME.pem` with its key `NAME.key`; with CA:TRUE unless `more` says otherwise.
fn self_signed(folder: &Path, name: &str, subject: &str, more: &[&str]) {
    let (key, certificate) = (format!("{name}.key"), format!("{name}.pem"));
    let mut args = vec!["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", &key];
    args.extend(["-out", &certificate, "-subj", subject]);
    for extension in more {
        args.extend(["-addext", extension]);
    }
    openssl(folder, &args);
}

/// A self-signed certificate of 2020.
fn expired(folder: &Path) {
    std::fs::write(
        folder.join("ca.cnf"),
        format!(
            "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\n\
             rand_serial=yes\nx509_extensions=e\n[p]\ncommonName=supplied\n[e]\n{SAN}\nbasicConstraints=CA:TRUE\n"
        ),
    )
    .unwrap();
    std::fs::write(folder.join("index.txt"), "").unwrap();
    let request = ["req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "old.key", "-out", "old.csr"];
    openssl(folder, &[&request[..], &["-subj", "/CN=localhost"]].concat());
    let sign = ["ca", "-selfsign", "-batch", "-notext", "-config", "ca.cnf", "-keyfile", "old.key"];
    let days = ["-startdate", "20200101000000Z", "-enddate", "20200201000000Z"];
    openssl(folder, &[&sign[..], &days, &["-in", "old.csr", "-out", "old.pem"]].concat());
}

/// `site.pem` signed by the authority `root.pem`.
fn signed_by_an_authority(folder: &Path) {
    self_signed(folder, "root", "/CN=Root of the site", &[]);
    let request = ["req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "site.key", "-out", "site.csr"];
    openssl(folder, &[&request[..], &["-subj", "/CN=localhost"]].concat());
    std::fs::write(folder.join("site.ext"), format!("{SAN}\n{NO_AUTHORITY}\n")).unwrap();
    let sign =
        ["x509", "-req", "-in", "site.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial"];
    openssl(folder, &[&sign[..], &["-days", "2", "-extfile", "site.ext", "-out", "site.pem"]].concat());
}

/// Puts TLS with `NAME.pem` before the books, and their new address into the configuration. The port.
async fn behind_tls(scene: &Scene, name: &str) -> u16 {
    let file = |end: &str| std::fs::read(scene.folder().join(format!("{name}.{end}"))).unwrap();
    let chain = CertificateDer::pem_slice_iter(&file("pem")).map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_slice(&file("key")).unwrap();
    let config =
        ServerConfig::builder_with_provider(Arc::new(tokio_rustls::rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let books = *scene.books_server.address();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut client) = acceptor.accept(stream).await else { return };
                let mut server = TcpStream::connect(books).await.unwrap();
                // Either end may go first.
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    scene.change(&scene.books_server.uri(), &format!("https://localhost:{port}"));
    port
}

/// Books behind the certificate that `make` writes as `NAME.pem`, and `ca_file` naming `named`.
async fn scene(name: &str, named: Option<&str>, make: impl FnOnce(&Path)) -> Scene {
    let scene = Scene::with([plain("TK1")]).await;
    make(scene.folder());
    behind_tls(&scene, name).await;
    if let Some(named) = named {
        scene.add("kingdee", &format!("ca_file = \"{named}.pem\""));
    }
    scene
}

/// The binary to its end, while this runtime goes on serving TLS.
async fn run(scene: &Scene, args: &[&str]) -> Done {
    let command = scene.command(args);
    tokio::task::spawn_blocking(|| Done::of(command)).await.unwrap()
}

#[tokio::test]
async fn a_self_signed_certificate_that_is_named_in_ca_file_is_trusted_as_curl_trusts_it() {
    for (case, subject, more) in [
        ("CA:TRUE, as openssl makes it", "/CN=localhost", &[SAN][..]),
        ("CA:FALSE", "/CN=localhost", &[SAN, NO_AUTHORITY]),
        ("CA:TRUE and no subjectAltName, only a common name", "/CN=localhost", &[]),
    ] {
        let scene = scene("own", Some("own"), |folder| self_signed(folder, "own", subject, more)).await;
        let done = run(&scene, &["run", "--until-settled", "--timeout", "3m"]).await;
        assert_eq!(done.code, 0, "{case}: {}", done.err);
        scene.bills(&["TK1"]);
    }
}

#[tokio::test]
async fn a_certificate_of_an_authority_is_trusted_by_its_authority_and_by_itself() {
    for named in ["root", "site"] {
        let scene = scene("site", Some(named), signed_by_an_authority).await;
        run(&scene, &["run", "--until-settled", "--timeout", "3m"]).await.exits(0);
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_stops_the_pipeline_with_its_cause_and_what_to_do() {
    let scene = scene("own", None, |folder| self_signed(folder, "own", "/CN=localhost", &[SAN])).await;
    let done = run(&scene, &["run"]).await.exits(1);
    assert!(!done.err.contains("Other("), "{}", done.err);
    done.complains(&["unknown issuer", "by itself alone", "ca_file"]);
    let status = run(&scene, &["status", "--json"]).await.json();
    let stopped = &status["pipelines"][0]["stopped"];
    assert!(stopped["reason"].as_str().unwrap().contains("unknown issuer"), "{stopped}");
    assert!(stopped["remedy"].as_str().unwrap().contains("ca_file"), "{stopped}");
    let doctor = run(&scene, &["doctor"]).await;
    assert_ne!(doctor.code, 0);
    doctor.says(&["failed · main 金蝶 · TLS", "unknown issuer", "ca_file"]);
}

#[tokio::test]
async fn another_certificate_of_the_same_name_is_not_the_one_that_is_named() {
    let scene = scene("own", Some("other"), |folder| {
        self_signed(folder, "own", "/CN=localhost", &[SAN]);
        self_signed(folder, "other", "/CN=localhost", &[SAN]);
    })
    .await;
    run(&scene, &["doctor"]).await.says(&["金蝶: failed", "certificate is refused"]);
    run(&scene, &["run"]).await.exits(1);
    assert!(scene.books.bills().is_empty());
}

#[tokio::test]
async fn a_named_certificate_of_another_host_is_refused_as_a_wrong_name() {
    let other = |name: &'static str| {
        move |folder: &Path| {
            let san = format!("subjectAltName=DNS:{name}");
            self_signed(folder, "own", &format!("/CN={name}"), &[&san]);
        }
    };
    let with_names = scene("own", Some("own"), other("erp.example.com")).await;
    run(&with_names, &["doctor"]).await.says(&["wrong name", "erp.example.com", "localhost", "base_url"]);
    run(&with_names, &["run"]).await.exits(1);
    // Without a subjectAltName the common name counts, and only then.
    let common =
        scene("own", Some("own"), |folder| self_signed(folder, "own", "/CN=erp.example.com", &[])).await;
    run(&common, &["doctor"]).await.says(&["wrong name", "localhost"]);
    let both = scene("own", Some("own"), |folder| {
        self_signed(folder, "own", "/CN=localhost", &["subjectAltName=DNS:erp.example.com"]);
    })
    .await;
    run(&both, &["doctor"]).await.says(&["wrong name"]);
    assert!(with_names.books.bills().is_empty() && with_names.books.counts().arrivals == 0);
}

#[tokio::test]
async fn a_named_certificate_that_has_expired_is_refused_as_expired() {
    let scene = scene("old", Some("old"), expired).await;
    run(&scene, &["doctor"]).await.says(&["金蝶: failed", "has expired: renew it"]);
    run(&scene, &["run"]).await.exits(1);
    assert_eq!(scene.books.counts().arrivals, 0);
}

#[tokio::test]
async fn nonsense_in_ca_file_is_refused_by_check_with_its_place() {
    let scene = Scene::with([]).await;
    self_signed(scene.folder(), "own", "/CN=localhost", &[]);
    let sound = std::fs::read_to_string(scene.folder().join("own.pem")).unwrap();
    let key = std::fs::read_to_string(scene.folder().join("own.key")).unwrap();
    let block = |text: &str| format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n");
    scene.add("kingdee", "ca_file = \"ca.pem\"");
    let file: PathBuf = scene.folder().join("ca.pem");
    for (case, text, says) in [
        ("empty", String::new(), "CERTIFICATE"),
        ("prose", "the certificate is on the other disk".to_owned(), "CERTIFICATE"),
        ("a private key", key, "CERTIFICATE"),
        ("no base64", block("!!!"), "block 1"),
        ("base64 of something else", block("bm8gY2VydGlmaWNhdGU="), "block 1"),
        ("cut off", sound[..sound.len() / 2].to_owned(), ""),
        ("a sound one and a broken one", sound.clone() + &block("bm8="), "block 2"),
    ] {
        std::fs::write(&file, text).unwrap();
        let done = scene.run(&["check"]);
        assert_eq!(done.code, 2, "{case}: {} {}", done.out, done.err);
        let said = format!("{}{}", done.out, done.err);
        assert!(said.contains("PEM") && said.contains("ca.pem") && said.contains(says), "{case}: {said}");
        assert!(!said.contains("PRIVATE KEY"), "{case}");
    }
    std::fs::write(&file, sound).unwrap();
    scene.run(&["check"]).exits(0);
}

#[tokio::test]
async fn a_port_that_speaks_no_tls_says_why_the_connection_failed() {
    let scene = Scene::with([plain("TK1")]).await;
    let plain_uri = scene.books_server.uri();
    scene.change(&plain_uri, &plain_uri.replace("http://127.0.0.1", "https://localhost"));
    let doctor = run(&scene, &["doctor"]).await;
    let at = doctor.out.find("failed · main 金蝶").unwrap_or_else(|| panic!("{}", doctor.out));
    let said = &doctor.out[at..];
    assert!(said.contains("no TLS connection was made: ") && !said.contains("client error"), "{said}");
}
