local body = http.get("http://127.0.0.1:9000/ready")
if body == null then
  warn("not ready")
end
