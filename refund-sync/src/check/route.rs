//! The way to one host, step by step: proxy, name, connection, TLS. Nothing is asked of the host, and no credential goes
//! there; whether it takes those is the next step of whoever calls.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use kingdee_k3cloud_sdk::transport::CertificateFault;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::ServerName;
use url::Url;

use super::certificate::Certificate;
use super::step::{Outcome, Step, StepKind};
use super::tunnel::{Between, Closed};
use crate::config::Proxy;
use crate::lang::{Text, certificate_fault, why};
use crate::tls;

/// How long one step may take.
const PATIENCE: Duration = Duration::from_secs(10);
const NO_ANSWER: Text = Text::new("10 秒内没有应答", "no answer in 10 s");
/// A certificate that is valid for less is to be looked at.
const SOON_DAYS: i64 = 21;
/// What programs look for a proxy in, where they are told to.
const VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// The way to the host of an address.
#[derive(Debug, Clone, Copy)]
pub struct Route<'a> {
    /// The address.
    pub url: &'a Url,
    /// Through what it is reached.
    pub proxy: &'a Proxy,
    /// Its certificate is judged by a file of the configuration, and by the call itself.
    pub has_own_certificates: bool,
    /// What it is the way of.
    pub subject: &'a str,
    /// What time it is.
    pub now: DateTime<Utc>,
}

impl Route<'_> {
    /// Goes as far as it leads, through the proxy if there is one. The step that stops is told beside.
    pub async fn walk(self) -> (Vec<Step>, Result<(), StepKind>) {
        let between = Between::of(self.proxy, self.url);
        let mut steps = vec![self.proxy(between.as_ref())];
        let is_secure = self.url.scheme() == "https";
        let first = between.as_ref().map_or(self.url, |between| &between.address);
        let Some(mut stream) = self.reach(first, &mut steps).await else {
            let failed = first_failed(&steps).unwrap_or(StepKind::Connection);
            if is_secure {
                steps.extend(Step::after_failure(&[StepKind::Tls], self.subject, failed));
            }
            return (steps, Err(failed));
        };
        if let Some(between) = between.filter(|_| is_secure) {
            if between.address.scheme() != "http" {
                let message = Text::new(
                    "代理自身为加密连接，由下一步验证",
                    "the proxy itself speaks TLS: judged by the next step",
                );
                steps.push(Step::not_tried(StepKind::Tunnel, self.subject, message));
                return (steps, Ok(()));
            }
            steps.push(self.tunnel(&between, &mut stream).await);
        }
        let is_open = steps.last().is_none_or(|step| step.outcome != Outcome::Failed);
        if is_secure && is_open {
            steps.push(self.tls(stream).await);
        } else if is_secure {
            steps.extend(Step::after_failure(&[StepKind::Tls], self.subject, StepKind::Tunnel));
        }
        let walked = first_failed(&steps).map_or(Ok(()), Err);
        (steps, walked)
    }

    fn proxy(&self, between: Option<&Between>) -> Step {
        let named =
            VARIABLES.iter().find(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
        let message = match (self.proxy, between, named) {
            (Proxy::Environment, Some(between), _) => {
                let shown = between.shown();
                Text::of(format!("环境变量指定的 {shown}"), format!("{shown}, by the environment"))
            }
            (Proxy::Environment, None, _) => Text::new(
                "环境变量没有为该地址指定代理，直连",
                "the environment names none for this host: straight",
            ),
            (_, Some(between), _) => Text::same(between.shown()),
            (_, None, Some(name)) => Text::of(
                format!("直连；环境变量 {name} 未使用（proxy = \"environment\" 才使用）"),
                format!("none; {name} of the environment is not used (proxy = \"environment\" would)"),
            ),
            (_, None, None) => Text::new("直连", "none"),
        };
        Step::passed(StepKind::Proxy, self.subject, message)
    }

    /// Has the proxy open a way to the host.
    async fn tunnel(&self, between: &Between, stream: &mut TcpStream) -> Step {
        let host = self.url.host_str().unwrap_or_default();
        let to = format!("{host}:{}", self.url.port_or_known_default().unwrap_or(443));
        let closed = match timeout(PATIENCE, between.open(stream, &to)).await {
            Ok(Ok(())) => {
                let message =
                    Text::of(format!("代理已接通 {to}"), format!("the proxy opens the way to {to}"));
                return Step::passed(StepKind::Tunnel, self.subject, message);
            }
            Ok(Err(closed)) => closed,
            Err(_) => Closed::NoProxy(NO_ANSWER),
        };
        let (message, remedy) = match closed {
            Closed::Unauthorised => (
                Text::new("代理要求用户名和密码（407）", "the proxy wants user and password (407)"),
                Text::new(
                    "在 proxy 的地址中写明：http://用户名:密码@主机:端口，建议用 { env = \"…\" }。",
                    "Put them in the address of `proxy`: http://user:password@host:port, best by { env = \"…\" }.",
                ),
            ),
            Closed::Refused(status) => (
                Text::of(
                    format!("代理拒绝接通 {to}（{status}）"),
                    format!("the proxy opens no way to {to} ({status})"),
                ),
                Text::of(
                    format!("请代理的管理员放行 {to}。"),
                    format!("Have the proxy's administrator allow {to}."),
                ),
            ),
            Closed::NoProxy(why) => (
                why.before("不像 HTTP 代理：", "that is no HTTP proxy: "),
                Text::new("核对 proxy 的地址和端口。", "Check address and port of `proxy`."),
            ),
        };
        Step::failed(StepKind::Tunnel, self.subject, message, remedy)
    }

    async fn reach(&self, to: &Url, steps: &mut Vec<Step>) -> Option<TcpStream> {
        let host = to.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let port = to.port_or_known_default().unwrap_or(443);
        let found = timeout(PATIENCE, tokio::net::lookup_host((host.as_str(), port))).await;
        let addresses: Vec<SocketAddr> = found.ok().and_then(Result::ok).into_iter().flatten().collect();
        if addresses.is_empty() {
            steps.push(Step::failed(
                StepKind::Names,
                self.subject,
                Text::of(format!("{host} 没有地址"), format!("{host} has no address")),
                Text::new(
                    "检查地址拼写与本机 DNS（/etc/resolv.conf）；只能经代理上网时请设置 proxy。",
                    "Check the spelling and this machine's DNS (/etc/resolv.conf); where the way out is a proxy, set `proxy`.",
                ),
            ));
            steps.extend(Step::after_failure(&[StepKind::Connection], self.subject, StepKind::Names));
            return None;
        }
        let first = addresses.first().map(|address| address.ip().to_string()).unwrap_or_default();
        steps.push(Step::passed(StepKind::Names, self.subject, Text::same(format!("{host} → {first}"))));
        let begun = Instant::now();
        let stream = timeout(PATIENCE, TcpStream::connect(addresses.as_slice())).await;
        let why = match stream {
            Ok(Ok(stream)) => {
                let took = begun.elapsed().as_millis();
                steps.push(Step::passed(
                    StepKind::Connection,
                    self.subject,
                    Text::same(format!("{port}: {took} ms")),
                ));
                return Some(stream);
            }
            Ok(Err(error)) => why(&error),
            Err(_) => NO_ANSWER,
        };
        steps.push(Step::failed(
            StepKind::Connection,
            self.subject,
            why.before(&format!("{host}:{port} 连不上："), &format!("{host}:{port} takes no connection: ")),
            Text::new(
                "检查端口、防火墙和对方服务是否启动；只能经代理上网时请设置 proxy。",
                "Check the port, the firewall, and that the service runs; where the way out is a proxy, set `proxy`.",
            ),
        ));
        None
    }

    async fn tls(&self, stream: TcpStream) -> Step {
        if self.has_own_certificates {
            let message = Text::new("按 ca_file 由下一步验证", "judged by `ca_file` with the next step");
            return Step::not_tried(StepKind::Tls, self.subject, message);
        }
        match timeout(PATIENCE, self.certificate(stream)).await {
            Ok(Ok(certificate)) => self.judge(certificate),
            Ok(Err(Unmade::Refused(why))) => self.untrusted(why),
            Ok(Err(Unmade::Other(why))) => self.no_tls(&why),
            Err(_) => self.no_tls(&NO_ANSWER),
        }
    }

    async fn certificate(&self, stream: TcpStream) -> Result<Option<Certificate>, Unmade> {
        let config = tls::config([]).map_err(|error| Unmade::Other(why(&error)))?;
        let host = self.url.host_str().unwrap_or_default().to_owned();
        let name = ServerName::try_from(host).map_err(|error| Unmade::Other(why(&error)))?;
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
        let stream = stream.map_err(|error| Unmade::of(&error))?;
        let presented = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
        Ok(presented.and_then(|certificate| Certificate::read(certificate)))
    }

    fn judge(&self, certificate: Option<Certificate>) -> Step {
        let Some(Certificate { issuer, until }) = certificate else {
            return Step::passed(StepKind::Tls, self.subject, Text::new("已验证", "verified"));
        };
        let days = (until - self.now).num_days();
        let message = Text::of(
            format!("已验证，由 {issuer} 签发，还有 {days} 天到期"),
            format!("verified, issued by {issuer}, {days} days left"),
        );
        if days >= SOON_DAYS {
            return Step::passed(StepKind::Tls, self.subject, message);
        }
        let remedy = Text::new(
            "请对方在到期前更换证书，否则同步会停。",
            "Have the other side renew its certificate in time: the sync stops on that day.",
        );
        Step::warning(StepKind::Tls, self.subject, message, remedy)
    }

    fn no_tls(&self, why: &Text) -> Step {
        Step::failed(
            StepKind::Tls,
            self.subject,
            why.before("没有建立 TLS 连接：", "no TLS connection was made: "),
            Text::new(
                "核对 base_url：该端口可能不是 https，或中间有设备拦截。",
                "Check `base_url`: that port may not speak https, or something in between cuts in.",
            ),
        )
    }

    fn untrusted(&self, fault: CertificateFault) -> Step {
        Step::failed(
            StepKind::Tls,
            self.subject,
            Text::from(fault).before("证书未通过：", "the certificate is refused: "),
            Text::new(
                "证书过期、域名不符，或由本机不信任的机构签发：金蝶自建站点请设置 ca_file；若经会解密的代理，请信任它的证书。",
                "It is expired, of another name, or of an authority that this machine does not trust: for a site of your own set \
                 `ca_file`; behind a proxy that reads along, trust its certificate.",
            ),
        )
    }
}

fn first_failed(steps: &[Step]) -> Option<StepKind> {
    steps.iter().find(|step| step.outcome == Outcome::Failed).map(|step| step.step)
}

/// Why no TLS connection came about.
enum Unmade {
    /// The certificate is refused.
    Refused(CertificateFault),
    Other(Text),
}

impl Unmade {
    fn of(error: &io::Error) -> Self {
        match error.get_ref().and_then(|error| error.downcast_ref()) {
            Some(rustls::Error::InvalidCertificate(fault)) => Self::Refused(certificate_fault(fault)),
            _ => Self::Other(why(error)),
        }
    }
}
