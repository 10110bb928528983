//! Nothing: what another project does with the SDKs is in `tests/`.
