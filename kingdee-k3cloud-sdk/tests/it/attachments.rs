//! Files of bills: sent in pieces, each once at most, and given back whole.

use kingdee_k3cloud_sdk::mock::{Fault, Site, StoredBill};
use kingdee_k3cloud_sdk::{Attachment, Client, ErrorKind, Fate};

use crate::support::{FORM, Script, reply};

fn scene() -> (Site, Client, String) {
    let site = Site::builder().file_piece(5).build();
    let id = site.insert(StoredBill { number: "TK1".to_owned(), ..StoredBill::default() });
    let client = site.client().unwrap();
    (site, client, id.to_string())
}

fn photo(id: &str) -> Attachment {
    Attachment::new(FORM, id, "TK1", "photo.jpg", (0..23).collect::<Vec<u8>>()).in_pieces_of(10)
}

#[tokio::test]
async fn a_file_goes_in_pieces_and_comes_back_byte_for_byte() {
    let (site, client, id) = scene();
    let attached = client.attach(&photo(&id).alias("what came back").entry("FEntity", "7")).await.unwrap();
    assert_eq!(attached.id, "1");
    let [file] = &site.files()[..] else { panic!("{:?}", site.files()) };
    assert_eq!(
        (file.file_id.as_str(), file.alias.as_str(), file.is_whole),
        (attached.file_id.as_str(), "what came back", true)
    );
    assert_eq!((file.bill_no.as_str(), file.entry_id.as_deref()), ("TK1", Some("7")));
    let asked: Vec<String> = site.requests().into_iter().map(|request| request.body).collect();
    assert_eq!(asked.len(), 3);
    assert!(asked[0].contains(r#""IsLast":false"#) && !asked[0].contains("FileId"), "{}", asked[0]);
    assert!(asked[2].contains(r#""IsLast":true"#) && asked[2].contains(&attached.file_id), "{}", asked[2]);
    let file = client.attachment(&attached.file_id).await.unwrap();
    assert_eq!((file.name.as_str(), file.content), ("photo.jpg", (0..23).collect::<Vec<u8>>()));
    assert_eq!(site.counts().calls["AttachmentDownLoad"], 5);
}

#[tokio::test(start_paused = true)]
async fn a_piece_whose_fate_is_unknown_is_not_sent_again_and_attaches_nothing() {
    let (site, client, id) = scene();
    site.spare_next();
    site.fail_next(Fault::UnavailableAfter);
    let error = client.attach(&photo(&id)).await.unwrap_err();
    assert_eq!(
        (error.fate(), error.may_resend(), error.operation()),
        (Fate::Unknown, false, "AttachmentUpLoad")
    );
    assert_eq!(site.requests().len(), 2);
    assert!(!site.files()[0].is_whole);
    site.fail_next(Fault::UnavailableBefore);
    let attached = client.attach(&photo(&id)).await.unwrap_err();
    assert_eq!(attached.fate(), Fate::Unknown, "a write is sent once");
    assert!(client.attach(&photo(&id)).await.is_ok());
}

#[tokio::test]
async fn what_cannot_be_attached_is_refused_before_it_is_sent_or_by_the_site() {
    let (site, client, id) = scene();
    for (bad, why) in [
        (Attachment::new(FORM, "0", "TK1", "a", "x"), "internal id"),
        (Attachment::new(FORM, id.as_str(), "TK1", "a", ""), "empty"),
        (Attachment::new(" ", id.as_str(), "TK1", "a", "x"), "form"),
    ] {
        let error = client.attach(&bad).await.unwrap_err();
        assert!(error.fate() == Fate::NotSent && error.to_string().contains(why), "{error}");
    }
    assert_eq!(client.attachment(" ").await.unwrap_err().fate(), Fate::NotSent);
    assert!(site.requests().is_empty());
    let other = Attachment::new(FORM, id.as_str(), "TK2", "a", "x");
    assert_eq!(client.attach(&other).await.unwrap_err().fate(), Fate::Refused);
    assert_eq!(client.attachment("none").await.unwrap_err().code(), Some(10));
    assert!(site.files().is_empty());
}

#[tokio::test]
async fn a_download_that_is_short_stands_still_or_is_no_base64_is_an_error() {
    let answer = |rest: &str| format!(r#"{{"Result":{{"ResponseStatus":{{"IsSuccess":true}},{rest}}}}}"#);
    for rest in [
        r#""FilePart":"YWJj","IsLast":true,"FileSize":4,"FileName":"a.txt""#,
        r#""FilePart":"YWJj","IsLast":false,"StartIndex":0"#,
        r#""FilePart":"*","IsLast":true"#,
        r#""IsLast":true"#,
    ] {
        let script = Script::new((0..9).map(|_| reply(200, &answer(rest))).collect());
        let client = script
            .client
            .with(kingdee_k3cloud_sdk::CallOptions::new().retry(kingdee_k3cloud_sdk::RetryPolicy::never()));
        let error = client.attachment("f").await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unreadable(_)), "{rest}: {error}");
        assert_eq!(script.sent(), 1, "{rest}");
    }
}
