use super::House;
use crane_shared::identity::install_crypto;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Sends `bytes` in the clear; what comes back before the other side closes.
async fn plain(house: &House, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(house.address).await.unwrap();
    drop(stream.write_all(bytes).await);
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer).await);
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn without_tls_nothing_is_said() {
    let house = House::new().await;
    let answer = plain(&house, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(!answer.starts_with(b"HTTP"), "{:?}", String::from_utf8_lossy(&answer));
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_and_too_large_headers_are_refused() {
    let house = House::new().await;
    let host = house.address;
    let many: String = (0..70).map(|n| format!("X-{n}: y\r\n")).collect();
    let large = format!("X-Large: {}\r\n", "y".repeat(40 * 1024));
    for extra in [many, large] {
        let text = format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\n{extra}\r\n");
        let answer = house.client().raw(text.as_bytes()).await;
        assert!((400..500).contains(&answer.status), "{answer:?}");
    }
    assert_eq!(house.client().get("/healthz").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_longer_than_declared_is_the_next_request_and_a_shorter_one_is_refused() {
    let house = House::new().await;
    let text = format!(
        "POST /api/v1/login HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{{",
        house.address
    );
    let mut stream = house.client().connect().await;
    stream.write_all(text.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer).await);
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_huge_body_is_refused_before_it_is_sent() {
    let house = House::new().await;
    let text = format!(
        "POST /api/v1/login HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 268435456\r\n\r\n",
        house.address
    );
    let answer = house.client().raw(text.as_bytes()).await;
    assert_eq!((answer.status, answer.code().as_str()), (413, "too_large"));
}

#[tokio::test(flavor = "multi_thread")]
async fn older_tls_is_refused() {
    install_crypto();
    let house = House::new().await;
    // A ClientHello that offers TLS 1.2 alone: no `supported_versions`.
    let mut hello = vec![0x03, 0x03];
    hello.extend([7; 32]);
    hello.extend([0, 0, 2, 0xc0, 0x2f, 1, 0]);
    let mut message = vec![1, 0, 0, u8::try_from(hello.len()).unwrap()];
    message.extend(hello);
    let mut record = vec![0x16, 3, 1, 0, u8::try_from(message.len()).unwrap()];
    record.extend(message);
    let answer = plain(&house, &record).await;
    assert!(
        answer.is_empty() || answer[0] == 0x15,
        "an alert or nothing, never a ServerHello: {answer:?}"
    );
}
