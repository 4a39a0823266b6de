use super::*;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::net::UnixListener;

/// An engine that answers every request with `200` and a chunked body, and remembers what it was asked.
async fn engine(socket: &Path, seen: Arc<Mutex<Vec<String>>>) {
    let listener = UnixListener::bind(socket).unwrap();
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut buffer = vec![0; 8192];
        let mut asked = String::new();
        while !asked.contains("\r\n\r\n") {
            let size = stream.read(&mut buffer).await.unwrap();
            if size == 0 {
                break;
            }
            asked.push_str(&String::from_utf8_lossy(&buffer[..size]));
        }
        seen.lock().unwrap().push(asked);
        let answer =
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nApi-Version: 1.41\r\nConnection: keep-alive\r\n\
            Upgrade: h2c\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n";
        stream.write_all(answer).await.unwrap();
    }
}

/// What the manager gets for `request`, and what the engine saw of it.
async fn ask(policy: Policy, request: &str) -> (String, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("docker.sock");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (mut near, far) = duplex(64 << 10);
    near.write_all(request.as_bytes()).await.unwrap();
    let proxied = Engine::new(&socket);
    let mut answer = String::new();
    tokio::select! {
        () = engine(&socket, Arc::clone(&seen)) => {}
        () = async {
            // The socket exists once the engine has been polled.
            tokio::task::yield_now().await;
            converse(&proxied, policy, far).await;
            near.read_to_string(&mut answer).await.unwrap();
        } => {}
    }
    let seen = seen.lock().unwrap().clone();
    (answer, seen)
}

#[tokio::test]
async fn an_allowed_call_is_passed_on_and_its_answer_comes_back() {
    let request = "GET /v1.41/containers/json?all=true HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\
        Cookie: a=b\r\nAccept: */*\r\n\r\n";
    let (answer, seen) = ask(Policy::default(), request).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let lower = answer.to_lowercase();
    assert!(
        lower.contains("api-version: 1.41") && !lower.contains("upgrade"),
        "{answer}"
    );
    assert!(answer.contains("[1,") && answer.contains("2]"), "{answer}");
    assert_eq!(seen.len(), 1);
    let asked = seen[0].to_lowercase();
    assert!(
        asked.starts_with("get /v1.41/containers/json?all=true http/1.1\r\n"),
        "{asked}"
    );
    assert!(!asked.contains("upgrade") && !asked.contains("cookie"), "{asked}");
    assert!(
        asked.contains("accept: */*") && asked.contains("host: docker"),
        "{asked}"
    );
}

#[tokio::test]
async fn what_the_table_does_not_name_never_reaches_the_engine() {
    for target in [
        "POST /v1.41/containers/create",
        "GET /v1.41/containers/..%2f..%2fsecrets/json",
        "GET /v1.41/containers/../secrets",
        "POST /swarm/leave",
    ] {
        let (answer, seen) = ask(Policy::default(), &format!("{target} HTTP/1.1\r\nHost: x\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 403 "), "{target}: {answer}");
        assert!(answer.contains(r#"{"message":""#), "{answer}");
        assert_eq!(seen, [""; 0], "{target}");
    }
}

#[tokio::test]
async fn the_owner_has_the_last_word() {
    let closed = Policy {
        docker: false,
        ..Policy::default()
    };
    let (answer, seen) = ask(closed, "GET /v1.41/info HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(
        answer.starts_with("HTTP/1.1 403 ") && answer.contains("the owner of this host"),
        "{answer}"
    );
    assert_eq!(seen, [""; 0]);
}

#[tokio::test]
async fn one_stream_is_one_call() {
    let twice = "GET /info HTTP/1.1\r\nHost: x\r\n\r\nGET /version HTTP/1.1\r\nHost: x\r\n\r\n";
    let (_, seen) = ask(Policy::default(), twice).await;
    assert_eq!(seen.len(), 1);
}

#[test]
fn a_target_with_a_host_in_it_is_refused() {
    let request = Request::get("http://elsewhere/info").body(()).unwrap();
    assert!(matches!(
        check(Policy::default(), &request),
        Err(Refusal::Invalid { .. })
    ));
}
