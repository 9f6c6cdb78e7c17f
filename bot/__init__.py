"""The assistant's domain and rules, and the processes: web application, worker, supervisor, command line."""
