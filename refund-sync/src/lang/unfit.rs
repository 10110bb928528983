//! Settings that one of the two clients does not take, in both languages.

use super::Text;

impl From<&wdt_qimen_sdk::BuildError> for Text {
    fn from(error: &wdt_qimen_sdk::BuildError) -> Self {
        let zh = error.faults().iter().map(|fault| in_chinese(fault.setting, &fault.fault));
        Self::of(zh.collect::<Vec<_>>().join("；"), error.to_string())
    }
}

impl From<&kingdee_k3cloud_sdk::BuildError> for Text {
    fn from(error: &kingdee_k3cloud_sdk::BuildError) -> Self {
        let zh = error.faults().iter().map(|fault| in_chinese(fault.setting, &fault.fault));
        Self::of(zh.collect::<Vec<_>>().join("；"), error.to_string())
    }
}

/// What has no words of ours is only named.
fn in_chinese(setting: &str, fault: &str) -> String {
    let (what, why) = match (setting, fault) {
        ("credentials", fault) if fault.contains("app_id") => ("app_id", "为空或含有不可用的字符"),
        ("credentials", fault) if fault.contains("empty") => ("密钥或密码", "为空"),
        ("credentials", _) => ("密钥", "首尾有空白"),
        (setting, "is missing") => (setting, "缺失"),
        (setting, "begins or ends with white space") => (setting, "首尾有空白"),
        (setting, "must be more than zero") => (setting, "必须大于 0"),
        ("root_certificates", _) => ("ca_file", "不是可用的证书"),
        (setting, _) => (setting, "不可用"),
    };
    format!("{what} {why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_a_client_refuses_is_told_in_chinese_with_its_name_alone() {
        let wdt = wdt_qimen_sdk::Client::builder().sid(" shop ").app_key("1").app_secret("").build();
        let text = Text::from(&wdt.unwrap_err());
        assert!(text.zh.contains("sid 首尾有空白；app_secret 缺失"), "{text:?}");
        let credentials = kingdee_k3cloud_sdk::Credentials::app_secret("应用", "secret");
        let kingdee = kingdee_k3cloud_sdk::Client::builder()
            .base_url("https://erp.example.com/k3cloud/")
            .acct_id("1")
            .username("a")
            .credentials(credentials)
            .build();
        let text = Text::from(&kingdee.unwrap_err());
        assert!(text.zh.contains("app_id 为空或含有不可用的字符"), "{text:?}");
        assert!(text.en.contains("app_id"), "{text:?}");
    }
}
