FROM python:3.11-slim

# torch's build: cpu or cuda, a tenth and all of 2.9 GB. TORCH_INDEX is a mirror of PyTorch's index of builds for processors.
ARG TORCH=cpu
ARG TORCH_INDEX=

ENV PORT=8501 \
    PYTHONUNBUFFERED=1

WORKDIR /app
RUN useradd --create-home --uid 10001 pcdet

COPY requirements.txt ./
COPY scripts/torch_build.py scripts/
RUN index=$(python scripts/torch_build.py) \
    && pip install --no-cache-dir ${index:+--extra-index-url "$index"} -r requirements.txt

COPY app.py LICENSE ./
COPY .streamlit .streamlit
COPY pages pages
COPY pcdet_sched pcdet_sched
RUN python -m compileall -q app.py pages pcdet_sched

USER 10001
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/_stcore/health', timeout=4)"]
# --port is read from $PORT.
CMD ["python", "-m", "pcdet_sched", "app", "--address", "0.0.0.0", "--no-browser"]
