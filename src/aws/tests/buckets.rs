//! A bucket that answers in part, or from another Region.

use super::{
    clients,
    server::{Answer, Asked, Server},
    settings,
};
use crate::aws::{AwsErrorKind, Bucket};

async fn bucket(server: &Server) -> Bucket {
    let clients = clients(settings("keys", &server.url()));
    Bucket::open(&clients, "b").await.unwrap()
}

/// A listing of one object, which says that it has so many.
fn listing(told: u64) -> String {
    format!(
        "<ListBucketResult><Name>b</Name><KeyCount>{told}</KeyCount>\
         <IsTruncated>false</IsTruncated><Contents><Key>k</Key><Size>3</Size>\
         <ETag>\"e\"</ETag></Contents></ListBucketResult>"
    )
}

fn is_of(asked: &Asked, region: &str) -> bool {
    asked.head.contains(&format!("/{region}/s3/aws4_request"))
}

#[tokio::test]
async fn a_bucket_in_another_region_is_asked_there() {
    let by_header = "x-amz-bucket-region: ap-northeast-1\r\n";
    let moved = "<Error><Code>PermanentRedirect</Code><Message>Elsewhere</Message></Error>";
    let wrong = "<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region 'eu-west-1' \
                 is wrong; expecting 'ap-northeast-1'</Message></Error>";
    for (status, headers, body) in [(301, by_header, moved), (400, "", wrong)] {
        let server = Server::start(move |asked, _| {
            if is_of(asked, "ap-northeast-1") {
                Answer::Body(200, listing(1))
            } else {
                Answer::Headed(status, headers.to_owned(), body.to_owned())
            }
        });
        let bucket = bucket(&server).await;
        assert_eq!(bucket.region().as_deref(), Some("eu-west-1"));
        assert_eq!(bucket.objects("").await.unwrap().len(), 1);
        assert_eq!(bucket.clone().objects("x").await.unwrap().len(), 1);
        assert_eq!(bucket.region().as_deref(), Some("ap-northeast-1"));
        assert_eq!(server.asked().len(), 3, "it is not asked in vain again");
    }
}

#[tokio::test]
async fn a_region_that_is_none_is_told() {
    let server = Server::start(|_, _| {
        Answer::Headed(
            301,
            "x-amz-bucket-region: eu-west-1\r\n".to_owned(),
            "<Error><Code>PermanentRedirect</Code><Message>Elsewhere</Message></Error>".to_owned(),
        )
    });
    let error = bucket(&server).await.objects("").await.unwrap_err();
    assert_eq!(error.kind(), AwsErrorKind::Region);
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_listing_that_was_cut_short_is_asked_for_again() {
    let server =
        Server::start(|_, before| Answer::Body(200, listing(if before < 2 { 2 } else { 1 })));
    let bucket = bucket(&server).await;
    assert_eq!(bucket.objects("").await.unwrap().len(), 1);
    assert_eq!((server.asked().len(), bucket.listings()), (3, 3));

    let server = Server::start(|_, _| Answer::Body(200, listing(2)));
    let error = self::bucket(&server).await.objects("").await.unwrap_err();
    assert_eq!(error.kind(), AwsErrorKind::Unavailable);
    assert!(error.message().contains("cannot list s3://b/"), "{error}");
}

/// An answer that ends before its length.
fn cut(body: &str) -> Answer {
    let headers = "content-length: 100\r\netag: \"e\"\r\n";
    Answer::Headed(200, headers.to_owned(), body.to_owned())
}

#[tokio::test]
async fn an_object_that_was_cut_short_is_read_again() {
    let server = Server::start(|_, before| match before {
        0 => cut("ab"),
        _ => Answer::Body(200, "abc".to_owned()),
    });
    let read = bucket(&server).await.read("k").await.unwrap();
    assert_eq!((&*read, server.asked().len()), (b"abc".as_slice(), 2));

    let server = Server::start(|_, _| cut("ab"));
    let error = bucket(&server).await.read("k").await.unwrap_err();
    assert_eq!(error.kind(), AwsErrorKind::Unavailable);
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn a_stream_goes_on_where_it_was_cut() {
    let server = Server::start(|asked, _| {
        if asked.head.to_ascii_lowercase().contains("range: bytes=2-") {
            Answer::Body(206, "c".to_owned())
        } else {
            cut("ab")
        }
    });
    let mut stream = bucket(&server).await.stream("k").await.unwrap();
    let mut content = Vec::new();
    while let Some(piece) = stream.next().await.unwrap() {
        content.extend_from_slice(&piece);
    }
    assert_eq!(content, b"abc");
    let again = server.asked()[1].head.to_ascii_lowercase();
    assert!(again.contains("if-match: \"e\""), "{again}");
}

#[tokio::test]
async fn what_s3_refuses_names_what_to_do() {
    let told = [
        (403, "InvalidObjectState", "restore"),
        (400, "KMS.DisabledException", "enable it again"),
        (404, "NoSuchBucket", "aws s3 ls"),
        (403, "AccessDenied", "--requester-pays"),
    ];
    for (status, code, remedy) in told {
        let body = format!("<Error><Code>{code}</Code><Message>Said so</Message></Error>");
        let server = Server::start(move |_, _| Answer::Body(status, body.clone()));
        let error = bucket(&server).await.read("k").await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("cannot read s3://b/k: Said so"), "{text}");
        assert!(text.contains(code) && text.contains(remedy), "{text}");
    }
}
