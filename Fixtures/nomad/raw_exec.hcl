# A template for machines without containers.
job "ci-shell" {
  type        = "batch"
  datacenters = ["dc1"] // the only one
  priority    = 60

  /* Every dispatch says where to call back,
     and for which attempt of which job it is. */
  parameterized {
    payload       = "forbidden"
    meta_required = ["callback_url", "token"]
    meta_optional = ["image", "run_id", "job_id", "attempt"]
  }

  meta = { team = "build", "cost-center" = 7 }

  group "worker" {
    count = 1

    restart {
      attempts = 0
      mode     = "fail"
    }

    reschedule {
      attempts  = 0
      unlimited = false
    }

    task "run" {
      driver       = "raw_exec"
      kill_timeout = "2s"

      config {
        command = "/bin/sh"
        args = [
          "-c",
          <<-EOT
            printf '%s\n' "$MISE_CI_CALLBACK" "${NOMAD_META_attempt}" "$GREETING"
          EOT
          ,
        ]
      }

      env {
        MISE_CI_CALLBACK = "${NOMAD_META_callback_url}"
        GREETING         = "tab\there, \"quoted\", $${literal}, \u00e9"
      }

      resources {
        cpu    = 50
        memory = "32"
      }
    }
  }
}
