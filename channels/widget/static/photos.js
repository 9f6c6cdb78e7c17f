// What becomes of a photo between the file that was chosen and the server.

const LONGEST_SIDE = 2048;
const PATIENCE = 120000;

// Smaller, upright, and without what the camera wrote into it. What this browser can't draw goes as it is: the server decides.
export async function shrunk(file) {
  const drawn = await createImageBitmap(file).catch(() => null);
  if (!drawn) return file;
  const scale = Math.min(1, LONGEST_SIDE / Math.max(drawn.width, drawn.height));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [drawn.width, drawn.height].map((side) => Math.max(1, Math.round(side * scale)));
  const paper = canvas.getContext("2d");
  paper.fillStyle = "white";
  paper.fillRect(0, 0, canvas.width, canvas.height);
  paper.drawImage(drawn, 0, 0, canvas.width, canvas.height);
  drawn.close();
  return new Promise((done) => canvas.toBlob((blob) => done(blob ?? file), "image/jpeg", 0.85));
}

// Only this older way tells how far a request has come. Fails with `status` and `words`, as far as the server said any.
export function upload(url, fields, progressed) {
  const form = new FormData();
  Object.entries(fields).forEach(([name, value]) => form.append(name, value));
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.responseType = "json";
    request.timeout = PATIENCE;
    request.upload.onprogress = ({ loaded, total }) => progressed(loaded / total);
    request.onload = () => {
      if (request.status < 300) done(request.response);
      else failed({ status: request.status, words: request.response?.error?.message });
    };
    request.onerror = request.ontimeout = () => failed({});
    request.send(form);
  });
}
