FROM python:3.11-slim

# Where torch comes from: PyTorch's wheels for CPUs, a tenth of the size. Empty takes PyPI's build, with CUDA on Linux.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

ENV PORT=8501 \
    PYTHONUNBUFFERED=1

WORKDIR /app
RUN useradd --create-home --uid 10001 pcdet

COPY requirements.txt ./
RUN pip install --no-cache-dir ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} -r requirements.txt

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
