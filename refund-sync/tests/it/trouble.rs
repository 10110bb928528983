//! What goes wrong on the wire, before the server did its work or after.

use std::io::{Error, ErrorKind};
use std::time::Duration;

use wiremock::{Match, Mock, Request, Respond, ResponseTemplate};

/// What comes instead of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// A page of a proxy, with status 200.
    Html,
    /// JSON that breaks off.
    Truncated,
    /// Status 503.
    Unavailable,
    /// The connection is closed.
    Reset,
    /// Nothing, for longer than the configuration waits.
    TimeOut,
    /// `response_error:`, an exception inside 金蝶.
    Exception,
    /// The array of a firewall.
    Firewall,
}

/// Whether the server does its work all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Nothing happened.
    BeforeTheEffect,
    /// The work is done, its answer is lost.
    AfterTheEffect,
}

pub(crate) const MOMENTS: [Moment; 2] = [Moment::BeforeTheEffect, Moment::AfterTheEffect];

/// The configurations of these tests wait for one second.
const LONG: Duration = Duration::from_millis(2_500);

impl Trouble {
    /// Happens once to the next request that `matcher` takes, whatever else is mounted.
    pub(crate) fn once(
        self,
        moment: Moment,
        matcher: impl Match + 'static,
        server: impl Respond + 'static,
    ) -> Mock {
        let work = move |request: &Request| {
            if moment == Moment::AfterTheEffect {
                drop(server.respond(request));
            }
        };
        let given = Mock::given(matcher);
        let mock = if self == Self::Reset {
            given.respond_with_err(move |request: &Request| {
                work(request);
                Error::from(ErrorKind::ConnectionReset)
            })
        } else {
            given.respond_with(move |request: &Request| {
                work(request);
                self.answer()
            })
        };
        mock.up_to_n_times(1).with_priority(1)
    }

    /// What the caller sees.
    pub(crate) fn answer(self) -> ResponseTemplate {
        let page = |status| ResponseTemplate::new(status);
        match self {
            Self::Html => page(200).set_body_raw("<html><body>系统维护中</body></html>", "text/html"),
            Self::Truncated => page(200).set_body_string(r#"{"Result":{"ResponseStatus":{"IsSuccess":tr"#),
            Self::Unavailable => page(503).set_body_string("Service Unavailable"),
            Self::TimeOut | Self::Reset => page(200).set_delay(LONG),
            Self::Exception => page(200).set_body_string(
                r#"response_error:{"Message":"调用服务失败","InnerExWrapper":{"Message":"内部错误"}}"#,
            ),
            Self::Firewall => page(200).set_body_string(
                r#"[{"actionname":"showConfirm","params":[{"title":"","msg":"请求参数存在可疑数据,当前请求已经被拦截规则阻止!","option":0}]}]"#,
            ),
        }
    }
}
