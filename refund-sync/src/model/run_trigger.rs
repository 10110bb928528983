//! What called for a run: the stable words of the journal, and what they mean to people.

use crate::lang::vocabulary;

vocabulary! {
    /// What called for a run.
    pub enum RunTrigger {
        Firing = "serve" { title: "定时", "schedule"; }
        Order = "serve: ordered" { title: "手动", "by hand"; }
        RetryAsked = "serve: retry" { title: "重试", "retry"; }
        DecideAsked = "serve: decide" { title: "人工决定", "decision"; }
        BackfillAsked = "serve: backfill" { title: "补读", "backfill"; }
        Again = "serve: again" { title: "续跑", "follow-up"; }
        Run = "run" { title: "命令 run", "command run"; }
        DryRun = "run --dry-run" { title: "试运行", "dry run"; }
        Retry = "retry" { title: "命令 retry", "command retry"; }
        Decide = "decide" { title: "命令 decide", "command decide"; }
        Backfill = "backfill" { title: "命令 backfill", "command backfill"; }
        Reconcile = "reconcile" { title: "对账", "reconcile"; }
        ReconcileFix = "reconcile --fix" { title: "对账修复", "reconcile --fix"; }
        Demo = "demo" { title: "演示", "demo"; }
    }
}
