use super::*;

const ID: &str = "3f2a000000000000000000000000000000000000000000000000000000000001";

fn read(text: &str) -> Inspected {
    to_model(&ContainerId::parse(ID).unwrap(), serde_json::from_str(text).unwrap()).unwrap()
}

#[test]
fn a_running_task_of_a_stack_is_read() {
    let got = read(
        r#"{"Created":"2026-11-20T18:00:00.123456789Z","Path":"nginx","Args":["-g","daemon off;"],"Name":"/web.1.abc",
        "State":{"Status":"running","Running":true,"Pid":4711,"ExitCode":0,"StartedAt":"2026-11-20T18:00:01Z",
                 "FinishedAt":"0001-01-01T00:00:00Z","Health":{"Status":"healthy","Log":null}},
        "Image":"sha256:aa","LogPath":"/var/lib/docker/containers/x/x-json.log","RestartCount":0,
        "HostConfig":{"Memory":67108864,"NetworkMode":"default","LogConfig":{"Type":"json-file","Config":{}},"PortBindings":{}},
        "Mounts":[{"Type":"volume","Name":"data","Source":"/var/lib/docker/volumes/data/_data","Destination":"/data","RW":true},
                  {"Type":"bind","Source":"/etc/hosts","Destination":"/h","RW":false}],
        "Config":{"Image":"nginx:1.27","Tty":false,"ExposedPorts":{"80/tcp":{},"443/tcp":{}},"Labels":{
            "com.docker.swarm.task.id":"0123456789abcdefghijklmno","com.docker.swarm.task.name":"web.1.0123",
            "com.docker.swarm.service.id":"1123456789abcdefghijklmno","com.docker.swarm.service.name":"shop_web",
            "com.docker.stack.namespace":"shop"}},
        "NetworkSettings":{"Ports":{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"},{"HostIp":"::","HostPort":"8080"}]},
            "Networks":{"shop_default":{"IPAddress":"10.0.1.3"}}}}"#,
    );
    assert_eq!(got.pid, Some(4711));
    assert_eq!(got.network_mode, "default");
    assert_eq!(
        got.log_path,
        Some(PathBuf::from("/var/lib/docker/containers/x/x-json.log"))
    );
    let container = got.container;
    assert_eq!(container.name, "web.1.abc");
    assert_eq!(container.command, "nginx -g daemon off;");
    assert_eq!(
        (container.state, container.health),
        (ContainerState::Running, Health::Healthy)
    );
    assert_eq!((container.exit_code, container.finished), (None, None));
    assert_eq!(container.task.unwrap().stack.as_deref(), Some("shop"));
    let published: Vec<_> = container
        .ports
        .iter()
        .map(|p| (p.container_port, p.published.is_some()))
        .collect();
    assert_eq!(published, [(443, false), (80, true), (80, true)]);
    assert_eq!(container.mounts[0].source, "data");
    assert!(container.mounts[1].read_only);
    assert_eq!(container.memory_limit, 64 << 20);
}

#[test]
fn a_dead_container_tells_how_it_ended() {
    let got = read(
        r#"{"Created":"2026-11-20T18:00:00Z","Name":"/job","State":{"Status":"exited","OOMKilled":true,"Pid":0,"ExitCode":137,
        "StartedAt":"2026-11-20T18:00:01Z","FinishedAt":"2026-11-20T18:00:09Z"},"LogPath":"","Mounts":null,
        "NetworkSettings":{"Ports":null},"HostConfig":{"PortBindings":{"53/udp":[{"HostIp":"","HostPort":"5353"}]}}}"#,
    );
    assert_eq!((got.pid, got.log_path), (None, None));
    assert_eq!(got.container.exit_code, Some(137));
    assert!(got.container.oom_killed);
    assert_eq!(
        got.container
            .finished
            .unwrap()
            .since(got.container.started.unwrap())
            .as_secs(),
        8
    );
    assert_eq!(got.container.ports[0].published, Some((String::new(), 5353)));
    assert_eq!(got.container.ports[0].protocol, "udp");
}

#[test]
fn a_container_that_never_ran_has_no_exit_code() {
    let got = read(
        r#"{"Created":"2026-11-20T18:00:00Z","State":{"Status":"created","StartedAt":"0001-01-01T00:00:00Z","ExitCode":0}}"#,
    );
    assert_eq!(got.container.exit_code, None);
    assert_eq!(got.container.state, ContainerState::Created);
}

#[test]
fn too_many_labels_never_push_out_those_of_docker() {
    let mut labels: BTreeMap<String, String> = (0..100).map(|n| (format!("a{n}"), "x".repeat(4096))).collect();
    labels.insert("com.docker.stack.namespace".to_owned(), "shop".to_owned());
    let kept = bounded(labels);
    assert_eq!(kept["com.docker.stack.namespace"], "shop");
    let bytes: usize = kept.iter().map(|(name, value)| name.len() + value.len()).sum();
    assert!(bytes <= MOST_LABEL_BYTES && kept.len() > 10);
}

#[test]
fn a_line_of_the_list_tells_state_and_health() {
    let raw: RawListed = serde_json::from_str(&format!(
        r#"{{"Id":"{ID}","Names":["/web/alias","/db"],"State":"running","Status":"Up 5 minutes (health: starting)","Image":null}}"#
    ))
    .unwrap();
    let listed = raw.checked().unwrap();
    assert_eq!(listed.name, "db");
    assert_eq!(listed.health, Health::Starting);
    let bad: RawListed = serde_json::from_str(r#"{"Id":"../x","Status":"Exited (0) 2 hours ago"}"#).unwrap();
    assert_eq!(bad.checked(), None);
}
