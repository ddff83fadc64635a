//! Where the socket is, and who may use it.

use std::{fs, os::unix::fs::PermissionsExt, sync::Arc};

use cm_mcp::{McpError, Server};

use crate::support::House;

#[tokio::test]
async fn the_socket_is_for_its_owner() {
    let house = House::open();
    let mode = fs::metadata(house.server.socket())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(house.socket().parent(), Some(house.directory.path()));
}

#[tokio::test]
async fn a_path_that_is_too_long_is_said_to_be() {
    let house = House::open();
    let long = house.directory.path().join("x".repeat(100));
    fs::create_dir(&long).unwrap();
    let error = Server::open(&long, house.fake.clone()).unwrap_err();
    assert!(
        matches!(error, McpError::LongPath { longest: 103, .. }),
        "{error}"
    );
    assert!(error.to_string().contains("TMPDIR"), "{error}");
}

#[tokio::test]
async fn a_directory_has_one_server() {
    let house = House::open();
    let error = Server::open(house.directory.path(), house.fake.clone()).unwrap_err();
    assert!(matches!(error, McpError::Open { .. }), "{error}");
    // The first one is as it was.
    house.works().await;
    assert_eq!(Arc::strong_count(&house.fake), 2);
}
