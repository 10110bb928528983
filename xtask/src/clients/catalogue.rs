//! The clients: where each comes from, at which version, and the script that drives it. Their packages' versions are
//! pinned in the lists beside the scripts.

use super::environment::Environment;
pub(super) use super::scene::System;

/// One client of another author.
#[derive(Debug)]
pub(crate) struct Client {
    /// Its name at its registry.
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    pub(super) registry: &'static str,
    pub(super) system: System,
    /// What it is, in a few words.
    pub(super) about: &'static str,
    pub(super) environment: Environment,
    /// From the workspace's root.
    pub(super) driver: &'static str,
}

/// A client that no registry has.
pub(super) struct Absent {
    pub(super) name: &'static str,
    pub(super) said: &'static str,
}

const fn qimen(
    name: &'static str,
    version: &'static str,
    about: &'static str,
    environment: Environment,
    driver: &'static str,
) -> Client {
    Client { name, version, registry: "PyPI", system: System::Wdt, about, environment, driver }
}

/// A virtual environment with the packages of one list.
const fn one(name: &'static str, list: &'static [&'static str]) -> Environment {
    Environment::Python { name, lists: list }
}

const fn kingdee(
    name: &'static str,
    version: &'static str,
    about: &'static str,
    environment: Environment,
    driver: &'static str,
) -> Client {
    Client { name, version, registry: "PyPI", system: System::Kingdee, about, environment, driver }
}

/// 金蝶's SDK, and the servers of the Model Context Protocol that stand on it.
const MCP: Environment = Environment::Python {
    name: "mcp",
    lists: &[
        "kingdee-k3cloud-sdk/tests/clients/packages/mcp.txt",
        "kingdee-k3cloud-sdk/tests/clients/packages/mcp-compiled.txt",
    ],
};

pub(super) const CLIENTS: &[Client] = &[
    qimen(
        "taobao-sdk-python3",
        "1.0.9",
        "a TOP SDK, one class for each method",
        one("taobao-sdk-python3", &["wdt-qimen-sdk/tests/clients/packages/taobao-sdk-python3.txt"]),
        "wdt-qimen-sdk/tests/clients/top_sdk_driver.py",
    ),
    qimen(
        "topsdk",
        "20.4.21.40",
        "a TOP SDK, one class for each method",
        one("topsdk", &["wdt-qimen-sdk/tests/clients/packages/topsdk.txt"]),
        "wdt-qimen-sdk/tests/clients/top_sdk_driver.py",
    ),
    qimen(
        "taobao-openapi",
        "1.1.0",
        "TOP's official generated classes, 147 of them for 旺店通",
        one("taobao-openapi", &["wdt-qimen-sdk/tests/clients/packages/taobao-openapi.txt"]),
        "wdt-qimen-sdk/tests/clients/taobao_openapi_driver.py",
    ),
    qimen(
        "taobaopy",
        "6.0.1",
        "a TOP client whose methods are its attributes",
        one("requests", &["wdt-qimen-sdk/tests/clients/packages/requests.txt"]),
        "wdt-qimen-sdk/tests/clients/taobaopy_driver.py",
    ),
    qimen(
        "wangdiantong-py",
        "0.3.0",
        "a client of 旺店通's own gateway",
        one("requests", &["wdt-qimen-sdk/tests/clients/packages/requests.txt"]),
        "wdt-qimen-sdk/tests/clients/wangdiantong_driver.py",
    ),
    Client {
        name: "node-taobao-topclient",
        version: "0.1.7",
        registry: "npm",
        system: System::Wdt,
        about: "a TOP client for node",
        environment: Environment::Node {
            name: "node-taobao-topclient",
            folder: "wdt-qimen-sdk/tests/clients/packages/node-taobao-topclient",
        },
        driver: "wdt-qimen-sdk/tests/clients/topclient_driver.js",
    },
    kingdee(
        "kingdee-cdp-webapi-sdk",
        "8.2.0",
        "金蝶's own SDK, signing each call",
        MCP,
        "kingdee-k3cloud-sdk/tests/clients/vendor_sdk_driver.py",
    ),
    kingdee(
        "kingdee-k3cloud-mcp",
        "1.4.1",
        "a server for assistants that queries and writes, on 金蝶's own SDK",
        MCP,
        "kingdee-k3cloud-sdk/tests/clients/kingdee_k3cloud_mcp_driver.py",
    ),
    kingdee(
        "k3cloud-query-mcp",
        "1.0.0",
        "a server for assistants that queries, on 金蝶's own SDK",
        MCP,
        "kingdee-k3cloud-sdk/tests/clients/k3cloud_query_mcp_driver.py",
    ),
    kingdee(
        "kingdee-mcp",
        "0.2.4",
        "a server for assistants that queries and writes, with a password and a session",
        MCP,
        "kingdee-k3cloud-sdk/tests/clients/kingdee_mcp_driver.py",
    ),
    kingdee(
        "rdreturnnotice",
        "1.2.3",
        "a company's own synchronisation of returns, on 金蝶's own SDK, its database stubbed",
        one("rdreturnnotice", &["kingdee-k3cloud-sdk/tests/clients/packages/rdreturnnotice.txt"]),
        "kingdee-k3cloud-sdk/tests/clients/rdreturnnotice_driver.py",
    ),
    kingdee(
        "rdreturnsales",
        "1.2.3",
        "the second half of it, from the notice to the return",
        one("rdreturnsales", &["kingdee-k3cloud-sdk/tests/clients/packages/rdreturnsales.txt"]),
        "kingdee-k3cloud-sdk/tests/clients/rdreturnsales_driver.py",
    ),
];

/// Looked for on 2026-11-28.
pub(super) const ABSENT: &[Absent] = &[
    Absent {
        name: "YiKdWebClient-Python",
        said: "PyPI has no distribution of that name, nor of `yikd-web-client`, which its project file names, nor of \
            `yikdwebclient` or `yikdwebclient-python`: `No matching distribution found`, from versions: none. Its author \
            publishes source code only.",
    },
    Absent {
        name: "@kingdee-nodejs/k3cloud",
        said: "npm answers `E404 Not Found` for the package, which its own README tells to install, and for \
            `@kingdee-nodejs/k3cloud-sdk`, `@kingdee/k3cloud` and `kingdee-k3cloud`; it never listed a version. Its author \
            publishes source code only.",
    },
];

/// The client of this name.
pub(crate) fn find(name: &str) -> Option<&'static Client> {
    CLIENTS.iter().find(|client| client.name == name)
}
